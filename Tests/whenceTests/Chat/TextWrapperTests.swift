import Primitives
import Testing

@testable import whence

/// Lines of a terminal, made of text that comes in pieces.
@Suite struct TextWrapperTests {
  private func wrapped(_ pieces: [String], indent: String = "", width: Int) -> String {
    var wrapper = TextWrapper(indent: indent, width: width)
    return pieces.map { wrapper.append($0) }.joined() + wrapper.finish()
  }

  @Test func `lines break between words, and start with the indent`() {
    #expect(
      wrapped(["one two three four"], indent: "  ", width: 12) == "  one two\n  three four")
    #expect(wrapped(["a\n\nb c"], indent: "  ", width: 12) == "  a\n\n  b c")
  }

  @Test func `a word longer than a line is shown all the same, with nothing lost`() {
    let long = String(repeating: "x", count: 25)
    let lines = wrapped([long], width: 10).split(separator: "\n")
    #expect(lines.joined() == long && lines.allSatisfy { $0.count <= 10 })
  }

  @Test func `wide characters count twice and marks not at all`() {
    #expect("日本".columns == 4 && "e\u{301}".columns == 1 && "👍".columns == 2)
    let lines = wrapped(["日本語日本語日本語"], width: 10).split(separator: "\n")
    #expect(lines.map(\.columns) == [10, 8])
  }

  @Test func `however text is cut into pieces, the lines are the same and fit`() {
    var generator = SeededGenerator(seed: 5)
    let alphabet: [Character] = ["a", "b", " ", " ", "\n", "語", "é"]
    for _ in 0..<200 {
      let text = String(
        (0..<60).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
      let whole = wrapped([text], indent: "  ", width: 14)
      var pieces: [String] = []
      var rest = Substring(text)
      while !rest.isEmpty {
        let count = Int.random(in: 1...5, using: &generator)
        pieces.append(String(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(wrapped(pieces, indent: "  ", width: 14) == whole, "\(text)")
      #expect(whole.split(separator: "\n").allSatisfy { $0.reduce(0) { $0 + $1.columns } <= 14 })
      #expect(whole.filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
    }
  }
}
