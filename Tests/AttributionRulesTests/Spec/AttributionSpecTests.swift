import CanonicalCoding
import Foundation
import Primitives
import Testing

@testable import AttributionRules

/// `docs/spec/attribution.md` says what the integer half of the code does.
@Suite struct AttributionSpecTests {
  private let page: [Substring]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    page = try String(
      contentsOf: root.appending(path: "docs/spec/attribution.md"), encoding: .utf8
    ).split(separator: "\n")
  }

  /// The second cell of the one row whose first cell is this.
  private func cell(_ first: String) throws -> String {
    let rows = page.filter { $0.hasPrefix("| \(first) |") }
    try #require(rows.count == 1, "\(first)")
    return rows[0].split(separator: "|")[1].trimmingCharacters(in: [" ", "`"])
  }

  @Test func `the page lists every quantile of the floor`() throws {
    let start = try #require(page.firstIndex { $0.hasPrefix("| k | z in thousandths |") })
    let listed = page[(start + 2)...].prefix { $0.hasPrefix("|") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(
      listed
        == NoiseFloor.quantilesInThousandths.enumerated().map { ["\($0.offset)", "\($0.element)"] })
  }

  @Test func `the page gives the bounds that the rules use`() throws {
    #expect(try cell("largestDimension") == "\(QueryVector.largestDimension)")
    #expect(try cell("longestList") == "\(ContributorPay.longestList)")
    let percent = ContributorPay.influenceShare.partsPerBillion / Share.percent(1).partsPerBillion
    #expect(try cell("influenceShare") == "\(percent) %")
  }

  @Test func `the worked example's leaf, root and score are the code's`() throws {
    func digest(_ byte: UInt8) throws -> Digest {
      try #require(Digest(bytes: [UInt8](repeating: byte, count: 32)))
    }
    let record = IndexedRecord(
      record: try digest(0x33), chunk: 1, tokens: 200,
      origin: RecordOrigin(contributor: try digest(0x11), group: try digest(0x22)),
      row: SignRow(signs: [1 << 63 | 1], scale: 1 << 20))
    let hex = record.canonicalBytes.map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }.joined()
    #expect(try cell("leaf") == hex)
    let index = InfluenceIndex(dimension: 64, records: [record], decoys: [])
    #expect(try cell("root of this one leaf") == index.root.description)

    let query = QueryVector(values: [1000, 200] + [Int16](repeating: 0, count: 61) + [-300])
    #expect(record.row.score(query) == 524_288_000)
    #expect(page.contains { $0.contains("= 524,288,000") })
  }
}
