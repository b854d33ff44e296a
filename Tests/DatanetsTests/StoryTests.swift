import AttributionRules
import ClientAPI
import Datanets
import Foundation
import Primitives
import Testing

/// The rules on the very records of `whence demo`; `make setup` and `scripts/make-corpora.sh`
/// bring them.
@Suite struct StoryTests {
  static let useful = ["computing", "diagnoses", "words", "acronyms", "wildlife"]
  /// The records of a domain that are offered for training; the rest become decoys.
  static let offered = 24

  func lines(_ name: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appending(path: ".deps/corpora/story/\(name).jsonl")))
  }

  func contribution(_ name: String, height: UInt64) throws -> CommittedContribution {
    try .fixture(InstructionRecord.parse(lines: lines(name)), account: height, height: height)
  }

  /// Everybody's records, the copier's last.
  func snapshot() throws -> Snapshot {
    let names = Self.useful + ["junk", "copier"]
    return try Snapshot(
      names.enumerated().map { try contribution($1, height: UInt64($0 + 1)) })
  }

  @Test func `every copy is found, under the record it copies, and no other record is merged`()
    throws
  {
    let snapshot = try snapshot()
    let originals = snapshot.entries.prefix(Self.offered)
    let copies = snapshot.entries.suffix(Self.offered)
    #expect(copies.map(\.cluster) == originals.map(\.digest))
    #expect(copies.map(\.record.term) == originals.map(\.record.term))
    #expect(snapshot.heads == Array(snapshot.entries.dropLast(Self.offered)))
    // Nine in ten of them are scored whole, though most come from templates.
    #expect(snapshot.heads.count { !$0.neighbours.isEmpty } * 10 <= snapshot.heads.count)
  }

  @Test func `unseen questions ask about terms that no record has`() throws {
    let snapshot = try snapshot()
    let terms = Set(snapshot.entries.map { $0.record.term.lowercased() })
    let unseen = try HeldOutSet(items: HeldOutItem.parse(lines: lines("heldout-unseen")))
    #expect(unseen.heads(of: snapshot).count { !$0.isEmpty } * 20 <= unseen.items.count)
    for item in unseen.items { #expect(!terms.contains(item.record.term.lowercased())) }
    for domain in Self.useful { #expect(unseen.items.count { $0.domain == domain } >= 16) }
  }

  @Test func `re-worded questions have the answers of offered records, in other words`() throws {
    let reworded = try HeldOutItem.parse(lines: lines("heldout-reworded"))
    for domain in Self.useful {
      let offered = try InstructionRecord.parse(lines: lines(domain)).prefix(Self.offered)
      for record in offered {
        let items = reworded.filter { $0.domain == domain && $0.record.term == record.term }
        #expect(items.count >= 2)
        #expect(items.allSatisfy { $0.record.answer == record.answer })
        #expect(items.allSatisfy { $0.record.question != record.question })
      }
    }
  }

  @Test func `there are decoys enough for a floor, and no term is in two domains`() throws {
    let records = try Self.useful.map { try InstructionRecord.parse(lines: lines($0)) }
    #expect(records.map { $0.count - Self.offered }.reduce(0, +) >= 256)
    let terms = records.joined().map { $0.term.lowercased() }
    #expect(Set(terms).count == terms.count)
  }
}
