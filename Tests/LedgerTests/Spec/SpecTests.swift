import Foundation
import Ledger
import Primitives
import Testing

/// The pages under `docs/spec` say what the code does.
@Suite struct SpecTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(of page: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: "docs/spec/\(page).md"), encoding: .utf8)
  }

  /// The first two columns of the table whose header begins with these words.
  private func table(_ page: String, _ first: String, _ second: String) throws -> [[String]] {
    let lines = try text(of: page).split(separator: "\n", omittingEmptySubsequences: false)
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

  @Test func `the page of transactions lists the gas of every message`() throws {
    #expect(
      try table("transactions", "message", "base")
        == MessageKind.allCases.map { ["\($0)", "\($0.baseGas)"] })
    let page = try text(of: "transactions")
    for phrase in [
      "\(Gas.perByte) for\neach byte", "\(Gas.perSignature) for each signature",
      "\(Gas.perItem) for each item",
    ] {
      #expect(page.contains(phrase), "\(phrase)")
    }
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

  @Test func `every domain that any target hashes for is on some page`() throws {
    func texts(_ folder: String, _ suffix: String) throws -> [String] {
      let paths = try FileManager.default.subpathsOfDirectory(
        atPath: Self.root.appending(path: folder).path)
      return try paths.filter { $0.hasSuffix(suffix) }.map {
        try String(contentsOf: Self.root.appending(path: "\(folder)/\($0)"), encoding: .utf8)
      }
    }
    let pages = try texts("docs/spec", ".md").joined(separator: "\n")
    let used = Set(
      try texts("Sources", ".swift").flatMap { text in
        text.matches(of: /"(whence\/[a-z-]+)"/).map { String($0.output.1) }
      })
    #expect(used.count > 17)
    for domain in used.sorted() {
      #expect(pages.firstMatch(of: try Regex("\(domain)(?![a-z-])")) != nil, "\(domain)")
    }
  }

  @Test func `the page of receipts lists every fault, and every check has one`() throws {
    let listed = try table("receipts", "code", "meaning").map { $0[0] }
    #expect(listed == ReceiptFault.allCases.map(\.rawValue))
    #expect(Set(listed).count == listed.count)
    let checks = try text(of: "receipts").matches(of: /\| `(receipt_[a-z_]+)` \|/)
    #expect(Set(checks.map { String($0.output.1) }) == Set(listed))
  }

  @Test func `the page of receipts lists every fault of a batch`() throws {
    let listed = try table("receipts", "fault", "evidence").map { $0[0] }
    #expect(listed == BatchFault.allCases.map(\.rawValue))
  }

  @Test func `the worked digests of request and answer are the code's`() throws {
    let page = try text(of: "receipts")
    func digest(_ byte: UInt8) throws -> Digest {
      try #require(Digest(bytes: [UInt8](repeating: byte, count: 32)))
    }
    let request = Order.requestDigest(
      of: Array(#"{"model":"short-answers"}"#.utf8), salt: try digest(1))
    #expect(page.contains("| `\(request)` |"))
    let disclosure = ReceiptDisclosure(
      request: [], requestSalt: .zero, answer: [5, 6, 7], answerSalt: try digest(2))
    #expect(page.contains("| `\(disclosure.answerDigest)` |"))
    #expect(page.contains("| `\(Order.nonce(of: try digest(1)))` |"))
  }
}
