import ClientAPI
import Foundation
import JSONCoding
import Ledger
import Networking
import Telemetry
import Testing

@testable import NodeHTTP

/// `docs/spec/http.md` says what the code does.
@Suite struct HTTPSpecTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/spec/http.md")

  /// The rows of the table whose header begins with this word.
  private func table(_ first: String) throws -> [[String]] {
    let lines = try String(contentsOf: Self.page, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| \(first) |") })
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func `the page lists every route`() throws {
    #expect(try table("method and path").map { $0[0] } == NodeRoutes.test(nil).listing)
  }

  @Test func `the page lists every code with its status`() throws {
    let expected =
      InferenceFailure.Code.allCases.map { [$0.rawValue, "\($0.status)", "answers"] }
      + ClientFailure.Code.allCases.map { [$0.rawValue, "\($0.status)", "the ledger"] }
      + RefusalCode.allCases.map { [$0.rawValue, "\($0.status)", "the edge"] }
    #expect(try table("code") == expected)
  }

  @Test func `a code that two name means the same to both`() {
    var statuses: [String: Int] = [:]
    let all =
      InferenceFailure.Code.allCases.map { ($0.rawValue, $0.status) }
      + ClientFailure.Code.allCases.map { ($0.rawValue, $0.status) }
      + RefusalCode.allCases.map { ($0.rawValue, $0.status) }
    for (code, status) in all {
      #expect(statuses.updateValue(status, forKey: code) ?? status == status)
    }
  }

  @Test func `the page names every member of a problem document`() throws {
    let page = try String(contentsOf: Self.page, encoding: .utf8)
    var refusal = Refusal(.invalidParameter, "what to do", parameter: "limit")
    refusal.rejection = .transaction(.malformed)
    guard case .bytes(let body) = refusal.response(.problem).body else { return }
    let problem = try JSON(parsing: body)
    let names = try #require(problem.object).members.map(\.name)
    #expect(names.count == 7)
    for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test func `the page lists every measure with its kind and labels`() throws {
    let expected = NodeMetric.all.map { family in
      let kind =
        switch family.kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
      return [family.name, kind, family.labels.joined(separator: ", ")]
    }
    let rows = try table("family").map { [$0[0], $0[1], $0[2]] }
    #expect(rows == expected)
  }

  @Test func `the page names the headers`() throws {
    #expect(
      try table("header").map { $0[0] } == [
        "`\(WireHeader.order)`", "`\(WireHeader.salt)`", "`\(WireHeader.opening)`",
        "`\(WireHeader.receipt)`",
      ])
  }
}
