import Foundation
import SearchIndex
import Testing

@Suite struct FullTextQueryTests {
  private let database: SearchDatabase

  init() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "whence-\(UUID().uuidString).sqlite").path
    database = try SearchDatabase(
      path: path, version: 1, schema: "CREATE VIRTUAL TABLE texts USING fts5(text);")
    var insertion = SearchTransaction()
    for text in ["a red apple", "a green pear", "near miss AND or NOT"] {
      insertion.run("INSERT INTO texts VALUES (?)", [.text(text)])
    }
    try database.write(insertion)
  }

  private func found(_ question: String) throws -> [String] {
    guard let query = FullTextQuery(anyWordOf: question) else { return [] }
    return try database.rows(
      "SELECT text FROM texts WHERE texts MATCH ? ORDER BY rank", [.text(query.match)]
    ).compactMap { $0.first?.text }
  }

  @Test func `a row is found by any of its words`() throws {
    #expect(try found("Which apple is blue?") == ["a red apple"])
    #expect(try Set(found("pear, or apple")).count == 3)
    #expect(try found("nothing").isEmpty)
  }

  @Test func `what the query language means by itself is a word like others`() throws {
    #expect(try found("NOT") == ["near miss AND or NOT"])
    #expect(try found("text:apple") == ["a red apple"])
    #expect(try found("app*").isEmpty)
    #expect(try found("NEAR(red apple)").first == "a red apple")
  }

  @Test func `a question without a word asks for nothing`() {
    for text in ["", " ", "?!", "\"\"", "\0", "😀"] {
      #expect(FullTextQuery(anyWordOf: text) == nil)
    }
  }

  @Test func `no text is a syntax error`() throws {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("\"'()*:^-+,.{}[]\0\\/ aéNOTANDОRNEAR0१😀\u{301}\u{fffd}\n;-- \u{e000}½ǅ")
    for _ in 0..<500 {
      let text = String((0..<12).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
      #expect(throws: Never.self, "\(text.debugDescription)") { try found(text) }
    }
  }

  @Test func `a long text asks for its first words, each once`() throws {
    let text = (0..<10_000).map { "word\($0 % 100)" }.joined(separator: " ")
    let query = try #require(FullTextQuery(anyWordOf: text))
    #expect(query.match.components(separatedBy: " OR ").count == FullTextQuery.mostWords)
    let endless = try #require(FullTextQuery(anyWordOf: String(repeating: "x", count: 100_000)))
    #expect(endless.match.count == FullTextQuery.longestWord + 2)
  }
}
