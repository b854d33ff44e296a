import Foundation
import Ledger
import Primitives
import Testing

/// The pages under `docs/spec` say what the code does.
@Suite struct SpecTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The first two columns of the table whose header begins with these words.
  private func table(_ page: String, _ first: String, _ second: String) throws -> [[String]] {
    let url = Self.root.appending(path: "docs/spec/\(page).md")
    let lines = try String(contentsOf: url, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| \(first) | \(second) |") })
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").prefix(2).map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func `the page of messages lists every tag`() throws {
    let expected = MessageKind.allCases.map { kind in
      let digits = String(kind.rawValue, radix: 16)
      return ["0x" + String(repeating: "0", count: 4 - digits.count) + digits, "\(kind)"]
    }
    #expect(try table("messages", "tag", "message") == expected)
  }

  @Test func `the page of messages lists every rejection, and no code is used twice`() throws {
    let expected = Rejection.all.map { ["\($0.code)", $0.name] }
    #expect(try table("messages", "code", "name") == expected)
    #expect(Set(Rejection.all.map(\.code)).count == Rejection.all.count)
    #expect(Rejection.all.allSatisfy { Rejection(code: $0.code) == $0 && $0.code != 0 })
  }

  @Test func `the page of state lists every table and cause`() throws {
    #expect(
      try table("state", "number", "table")
        == StateTable.allCases.map { ["\($0.rawValue)", "\($0)"] })
    #expect(
      try table("state", "number", "cause")
        == MoveCause.allCases.map { ["\($0.rawValue)", "\($0)"] })
  }

  @Test func `the page of transactions lists every event`() throws {
    #expect(
      try table("transactions", "number", "event")
        == EventKind.allCases.map { ["\($0.rawValue)", "\($0)"] })
  }

  @Test func `the page of transactions lists every domain that the ledger hashes for`() throws {
    let listed = try table("transactions", "domain", "digest of").map { $0[0] }
    let sources = Self.root.appending(path: "Sources/Ledger")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var used: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /"(whence\/[a-z-]+)"/) { used.insert(String(match.1)) }
    }
    #expect(Set(listed) == used)
    #expect(Set(listed).count == listed.count)
  }
}
