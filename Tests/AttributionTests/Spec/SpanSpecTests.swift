import AttributionRules
import CanonicalCoding
import Foundation
import Primitives
import Testing

@testable import Attribution

/// `docs/spec/spans.md` says what the code does.
@Suite struct SpanSpecTests {
  private let page: [String]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    page = try String(contentsOf: root.appending(path: "docs/spec/spans.md"), encoding: .utf8)
      .components(separatedBy: "\n")
  }

  /// The second cell of the one row whose first cell is this.
  private func cell(_ first: String) throws -> String {
    let rows = page.filter { $0.hasPrefix("| \(first) |") }
    try #require(rows.count == 1, "\(first)")
    return rows[0].split(separator: "|")[1].trimmingCharacters(in: [" ", "`"])
  }

  @Test func `the page gives the numbers that spans are chosen with`() throws {
    let used = [
      "unitsPerBit": "\(SpanLimits.unitsPerBit)",
      "leastSurprisal": "\(SpanLimits.leastSurprisal)",
      "mostSpans": "\(SpanLimits.mostSpans)",
      "mostSources": "\(SpanLimits.mostSources)",
      "promptedRun": "\(SpanLimits.promptedRun)",
      "commonRun": "\(SpanLimits.commonRun)",
      "longestText": "\(SpanLimits.longestText)",
    ]
    for (name, value) in used.sorted(by: { $0.key < $1.key }) {
      #expect(try cell(name) == value, "\(name)")
    }
    #expect(SpanLimits.leastSurprisal >= 40 * SpanLimits.unitsPerBit)
  }

  @Test func `the page's table and classes give every byte its cost`() throws {
    let rows = page.filter { $0.wholeMatch(of: /[0-9a-f]{66}/) != nil }
    let table = try rows.map { try #require([UInt8](hex: $0)) }
    #expect(table.count == 33)
    func classAndCost(_ byte: UInt8) -> (Int, UInt64) {
      switch byte {
      case 0...31, 127: (0, 0)
      case 32: (1, 0)
      case 48...57: (2, 53)
      case 46: (3, 0)
      case 44: (4, 0)
      case 65...90: (Int(byte) - 65 + 7, 16)
      case 97...122: (Int(byte) - 97 + 7, 0)
      case 128...255: (6, 96)
      default: (5, 64)
      }
    }
    for first in UInt8.min ... .max {
      for second in [0, 10, 32, 46, 44, 47, 48, 57, 58, 65, 90, 97, 122, 126, 127, 128, 255]
        as [UInt8]
      {
        let surprisal = AnswerSurprisal(of: [first, second], prompt: [])
        let (before, cost) = classAndCost(first)
        let (own, ownCost) = classAndCost(second)
        let expected =
          UInt64(table[0][before]) + cost + UInt64(table[before][own]) + ownCost
        #expect(surprisal.total == expected, "\(first), \(second)")
      }
    }
  }

  @Test func `the page names the background that every build has`() throws {
    #expect(try cell("runs") == "\(PublicBackground.count)")
    #expect(try cell("digest of the runs") == "\(PublicBackground.digest)")
  }

  @Test func `the page's worked example is what an index finds`() throws {
    let digest = try #require(Digest(bytes: [UInt8](repeating: 0x33, count: 32)))
    let record = SpanRecord(
      record: digest,
      place: CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: 0),
      text: "B-tree\nWhat is a B-tree?\nA balanced search tree whose nodes have many children.")
    let answer = Array("It is a balanced search tree, they say.".utf8)
    let prompt = Array("Tell me about B-trees.".utf8)
    let evidence = try SpanIndex([record]).evidence(answer: answer, prompt: prompt)
    let surprisal = AnswerSurprisal(of: answer, prompt: prompt)
    let coverage = SpanCoverage(
      of: evidence.spans.map { Int($0.range.start)..<Int($0.range.end) }, in: surprisal)
    #expect(evidence.spans.count == 1)
    #expect(try cell("cost of the answer") == "\(coverage.total)")
    #expect(try cell("covered") == "\(coverage.covered)")
    #expect(try cell("evidence") == evidence.canonicalBytes.hex)
  }

  @Test func `the page lists every fault`() throws {
    let start = try #require(page.firstIndex { $0.hasPrefix("| code | meaning") })
    let codes = page[(start + 2)...].prefix { $0.hasPrefix("|") }.map { row in
      row.split(separator: "|")[0].trimmingCharacters(in: .whitespaces)
    }
    #expect(codes == SpanFault.allCases.map(\.rawValue))
  }
}
