import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

/// What a run lists besides its own records is checked against the ledger.
@Suite struct ElsewhereTextsTests {
  /// Records of another Datanet, revealed on the ledger before the run's, and the run that lists one.
  private struct Listing {
    let ledger: MemoryLedger
    let run: TinyRun
    let folder = TemporaryFolder()
    let blobs: BlobStore
    let contribution: Identifier<Contribution>
    let texts: [SnapshotText]
    let tree: MerkleTree

    init() async throws {
      run = try await TinyRun.shared.value
      blobs = try BlobStore(at: folder.path)
      ledger = try MemoryLedger(.test)
      let records = try (0..<3).map {
        try InstructionRecord(term: "o\($0)", question: "other \($0)?", answer: "yes \($0)")
      }
      let salts = (0..<3).map { digest("salt elsewhere \($0)") }
      let tree = MerkleTree(leaves: zip(records, salts).map { $0.digest(salt: $1).bytes })
      self.tree = tree
      let datanet: Identifier<Datanet> = try await ledger.make(
        .createDatanet(
          CreateDatanet(
            name: "other", type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
            floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), by: host)
      let commitment = CommitContribution.commitment(
        contributor: payer.account, salt: digest("salt"), recordsRoot: tree.root)
      contribution = try await ledger.make(
        .commitContribution(CommitContribution(datanet: datanet, commitment: commitment)),
        by: payer)
      try await ledger.succeed(
        .revealContribution(
          RevealContribution(
            contribution: contribution, salt: digest("salt"), recordsRoot: tree.root,
            recordCount: 3, blob: digest("other blob"))), by: payer)
      let priority = try #require(try await ledger.record(.contribution(contribution))).priority
      texts = zip(records, salts).enumerated().map { place, text in
        SnapshotText(
          record: text.0, salt: text.1,
          place: CommitPlace(
            height: priority.height, indexInBlock: priority.index,
            indexInContribution: UInt32(place)))
      }
    }

    func listed(_ number: Int) -> ElsewhereText {
      ElsewhereText(
        text: TextName(texts[number]), contribution: contribution.digest,
        siblings: tree.proof(ofLeaf: number).siblings)
    }

    /// What a stranger reads of a run that lists this.
    func read(_ listed: [ElsewhereText]) async throws -> [SnapshotText] {
      var manifest = run.manifest
      manifest.texts = try blobs.put(
        RunTexts(records: run.texts.texts.map { TextName($0) }, elsewhere: listed).canonicalBytes)
      return try await PublishedTexts.elsewhere(
        of: manifest, artifacts: Artifacts(blobs: blobs), ledger: ledger
      ).texts
    }

    func code(_ listed: [ElsewhereText]) async throws -> String? {
      do {
        _ = try await read(listed)
        return nil
      } catch let failure as ServingFailure { return failure.code.rawValue }
    }
  }

  @Test func `records revealed elsewhere are read and known again`() async throws {
    let listing = try await Listing()
    for text in listing.texts { try listing.blobs.put(text.text.canonicalBytes) }
    #expect(try await listing.read([]).isEmpty)
    #expect(
      try await listing.read([0, 2].map(listing.listed)) == [listing.texts[0], listing.texts[2]])
  }

  @Test func `whoever lists what was never revealed there is found out`() async throws {
    let listing = try await Listing()
    for text in listing.texts { try listing.blobs.put(text.text.canonicalBytes) }
    let right = listing.listed(1)
    func changed(
      _ text: TextName? = nil, contribution: Digest? = nil, siblings: [Digest]? = nil
    ) -> ElsewhereText {
      ElsewhereText(
        text: text ?? right.text, contribution: contribution ?? right.contribution,
        siblings: siblings ?? right.siblings)
    }
    let place = right.text.place
    let moved = CommitPlace(
      height: Height(place.height.number - 1), indexInBlock: place.indexInBlock,
      indexInContribution: 1)
    let behind = CommitPlace(
      height: place.height, indexInBlock: place.indexInBlock, indexInContribution: 2)
    let own = SnapshotText(
      record: try InstructionRecord(term: "a", question: "b", answer: "c"), salt: .zero,
      place: place)
    try listing.blobs.put(own.text.canonicalBytes)
    for lie in [
      changed(TextName(place: moved, record: right.text.record, blob: right.text.blob)),
      changed(TextName(place: behind, record: right.text.record, blob: right.text.blob)),
      changed(TextName(own)), changed(contribution: digest("nobody's")), changed(siblings: []),
      changed(siblings: right.siblings.reversed()),
      changed(
        TextName(place: place, record: right.text.record, blob: TextName(listing.texts[0]).blob)),
    ] {
      #expect(try await listing.code([lie]) == "artifact_corrupt")
    }
    #expect(try await listing.code([right]) == nil)
  }

  @Test func `a text that is away is told from one that is erased`() async throws {
    let listing = try await Listing()
    #expect(try await listing.code([listing.listed(1)]) == "artifact_missing")
    try await listing.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(contribution: listing.contribution, use: .erased)), by: payer)
    #expect(try await listing.code([listing.listed(1)]) == "records_erased")
  }
}
