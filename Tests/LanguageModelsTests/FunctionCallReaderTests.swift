import Primitives
import Testing

@testable import LanguageModels

@Suite struct FunctionCallReaderTests {
  private typealias Piece = FunctionCallReader.Piece

  /// Reads a text cut into pieces, and joins text that follows text.
  private func read(_ pieces: [String], isCut: Bool = false) -> [Piece] {
    var reader = FunctionCallReader(names: ["f", "g"])
    var read: [Piece] = []
    for piece in pieces { read += reader.append(piece) }
    read += reader.finish(isCut: isCut)
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

  @Test func `a call that the limit cuts is neither a call nor text`() {
    let whole = Piece.call(.init(name: "f", arguments: #"{"a":1}"#))
    let cut = String(Self.call.dropLast(3))
    for length in "<tool_call>".count..<Self.call.count {
      #expect(read([String(Self.call.prefix(length))], isCut: true) == [])
    }
    for length in 1..<Self.call.count {
      #expect(read([Self.call + "\n" + Self.call.prefix(length)], isCut: true) == [whole])
    }
    // What is text by then stays it, and so does what may be the beginning of one.
    for text in ["so: " + cut, cut.replacing("name", with: "nam") + "e</tool_call>", "<tool", "a"] {
      #expect(read([text], isCut: true) == [.text(text)], "\(text)")
    }
    #expect(read([Self.call + "then <tool"], isCut: true) == [whole, .text("then <tool")])
  }

  @Test func `text is told at once where nothing can be called`() {
    var free = FunctionCallReader(names: [])
    #expect(free.append("<tool_call>") == [.text("<tool_call>")])
    var reader = FunctionCallReader(names: ["f"])
    #expect(reader.append("<") == [] && reader.append("b>") == [.text("<b>")])
    #expect(reader.append("<tool_call>") == [.text("<tool_call>")])
  }
}
