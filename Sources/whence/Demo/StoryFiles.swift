import ClientAPI
import Datanets
import Foundation

/// The text of the demo's story, converted from packages by `scripts/make-corpora.sh`.
struct StoryFiles {
  /// The useful contributors, each with a domain of its own, in the order they commit.
  static let domains = ["diagnoses", "acronyms", "words", "computing", "wildlife"]
  /// Whose records the copier copies.
  static let copied = "computing"

  struct Contributor {
    enum Kind: String { case useful, junk, copier }

    let name: String
    let kind: Kind
    let records: [InstructionRecord]
  }

  let contributors: [Contributor]
  /// About terms that nobody contributed.
  let unseen: [HeldOutItem]
  /// About terms of the contributors' records, asked differently.
  let reworded: [HeldOutItem]

  init(folder: String, plan: DemoPlan) throws {
    func bytes(_ name: String) throws -> [UInt8] {
      let file = "\(folder)/\(name).jsonl"
      guard let data = FileManager.default.contents(atPath: file) else {
        throw CommandFailure(.fileFailed, "\(file) is missing; run `make setup`")
      }
      return Array(data)
    }
    func contributor(_ name: String, _ kind: Contributor.Kind, _ count: Int) throws -> Contributor {
      let records = try InstructionRecord.parse(lines: bytes(name))
      return Contributor(name: name, kind: kind, records: Array(records.prefix(count)))
    }
    func heldOut(_ name: String, each count: Int, of known: (HeldOutItem) -> Bool) throws
      -> [HeldOutItem]
    {
      let items = try HeldOutItem.parse(lines: bytes(name))
      return Self.domains.flatMap { domain in
        items.filter { $0.domain == domain && known($0) }.prefix(count)
      }
    }
    let contributors =
      try Self.domains.map { try contributor($0, .useful, plan.records) }
      + [
        try contributor("junk", .junk, plan.junk), try contributor("copier", .copier, plan.copies),
      ]
    self.contributors = contributors
    unseen = try heldOut("heldout-unseen", each: plan.unseen) { _ in true }
    // Both wordings of every term; which of them are asked depends on the draw of decoys.
    reworded = try heldOut("heldout-reworded", each: .max) { item in
      contributors.contains { contributor in
        contributor.kind == .useful
          && contributor.records.contains { $0.term == item.record.term }
      }
    }
  }
}
