import Primitives
import Testing

@testable import LanguageModels

@Suite struct FunctionCallReaderTests {
  private typealias Piece = FunctionCallReader.Piece

  /// Reads a text cut into pieces, and joins text that follows text.
  private func read(_ pieces: [String]) -> [Piece] {
    var reader = FunctionCallReader(names: ["f", "g"])
    var read: [Piece] = []
    for piece in pieces { read += reader.append(piece) }
    read += reader.finish()
    return read.reduce(into: []) { joined, piece in
      if case .text(let more) = piece, case .text(let text)? = joined.last {
        joined[joined.count - 1] = .text(text + more)
      } else {
        joined.append(piece)
      }
    }
  }

  private static let call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\":1}}\n</tool_call>"
  private static let cases: [(String, [FunctionCallReader.Piece])] = [
    (call, [.call(.init(name: "f", arguments: #"{"a":1}"#))]),
    (
      call + "\n" + call.replacing("\"f\"", with: "\"g\"") + "\n",
      [
        .call(.init(name: "f", arguments: #"{"a":1}"#)),
        .call(.init(name: "g", arguments: #"{"a":1}"#)),
      ]
    ),
    ("plain", [.text("plain")]), ("", []), ("<tool", [.text("<tool")]),
    ("<tool_calling>", [.text("<tool_calling>")]),
    // Cut off, of an unknown name, of no object: text as it stands.
    (String(call.dropLast(3)), [.text(String(call.dropLast(3)))]),
    (call.replacing("\"f\"", with: "\"h\""), [.text(call.replacing("\"f\"", with: "\"h\""))]),
    (call.replacing("{\"a\":1}", with: "1"), [.text(call.replacing("{\"a\":1}", with: "1"))]),
    ("so: " + call, [.text("so: " + call)]),
    (call + "then", [.call(.init(name: "f", arguments: #"{"a":1}"#)), .text("then")]),
  ]

  @Test func `calls are found, and all else is text`() {
    for (text, expected) in Self.cases { #expect(read([text]) == expected, "\(text)") }
  }

  @Test func `how a text is cut changes nothing`() {
    var generator = SeededGenerator(seed: 4)
    for (text, expected) in Self.cases {
      for _ in 0..<20 {
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
          pieces.append(String(rest.prefix(1 + Int(generator.next(below: 9)))))
          rest = rest.dropFirst(pieces[pieces.count - 1].count)
        }
        #expect(read(pieces) == expected, "\(pieces)")
      }
    }
  }

  @Test func `text is told at once where nothing can be called`() {
    var free = FunctionCallReader(names: [])
    #expect(free.append("<tool_call>") == [.text("<tool_call>")])
    var reader = FunctionCallReader(names: ["f"])
    #expect(reader.append("<") == [] && reader.append("b>") == [.text("<b>")])
    #expect(reader.append("<tool_call>") == [.text("<tool_call>")])
  }
}
