import ClientAPI
import Foundation
import Primitives
import Testing

/// `docs/spec/cards.md` says what the code does.
@Suite struct CardSpecTests {
  private let page: [Substring]

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    page = try String(contentsOf: root.appending(path: "docs/spec/cards.md"), encoding: .utf8)
      .split(separator: "\n")
  }

  private func cell(_ first: String) throws -> String {
    let rows = page.filter { $0.hasPrefix("| \(first) |") }
    try #require(rows.count == 1, "\(first)")
    return rows[0].split(separator: "|")[1].trimmingCharacters(in: .whitespaces)
  }

  @Test func `the worked example's draws are the code's`() throws {
    func digest(_ byte: UInt8) throws -> Digest {
      try #require(Digest(bytes: [UInt8](repeating: byte, count: 32)))
    }
    let draw = CardDraw(header: try digest(0x11))
    let records = try (1...6).map { try digest(UInt8($0)) }
    func text(_ places: [Int]) -> String { places.map(String.init).joined(separator: ", ") }
    #expect(try cell("half 0") == text(draw.half(0, of: records)))
    #expect(try cell("half 1") == text(draw.half(1, of: records)))
    #expect(try cell("questions, 3 of 8") == text(draw.questions(3, of: 8)))
    let coalition = draw.coalition(1, of: records)
    #expect(
      try cell("coalition 1 of the same digests as accounts")
        == text(records.indices.filter { coalition.contains(records[$0]) }))
  }

  @Test func `the page lists every fault, in the code's order`() throws {
    let listed = page.filter { $0.hasPrefix("| card_") }
      .map { $0.split(separator: "|")[0].trimmingCharacters(in: .whitespaces) }
    #expect(listed == CardFault.allCases.map(\.rawValue))
  }
}
