public import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import Primitives

/// A revealed contribution and its place in the commit order, which is its priority.
public struct CommittedContribution: Sendable {
  public let bundle: ContributionBundle
  /// The contributor's account and the contribution's own identifier.
  public let origin: RecordOrigin
  /// Where the commitment (not the reveal) stands on the ledger.
  public let height: Height
  public let indexInBlock: UInt32

  public init(
    bundle: ContributionBundle, origin: RecordOrigin, height: Height, indexInBlock: UInt32
  ) {
    self.bundle = bundle
    self.origin = origin
    self.height = height
    self.indexInBlock = indexInBlock
  }

  fileprivate var place: (Height, UInt32) { (height, indexInBlock) }

  /// The records, each at its place.
  var texts: [SnapshotText] {
    bundle.records.enumerated().map { index, record in
      SnapshotText(
        record: record, salt: bundle.salt(ofRecord: index),
        place: CommitPlace(
          height: height, indexInBlock: indexInBlock, indexInContribution: UInt32(index)))
    }
  }
}

extension CommittedContribution {
  /// Those of its records that are wanted, with what proves that each is one.
  fileprivate func texts(
    in wanted: Set<Digest>
  ) -> [(text: SnapshotText, listed: ElsewhereText)] {
    guard bundle.recordDigests.contains(where: wanted.contains) else { return [] }
    return texts.enumerated().filter { wanted.contains($0.element.digest) }.map { index, text in
      let proof = bundle.proof(ofRecord: index)
      let listed = ElsewhereText(
        text: TextName(text), contribution: origin.group, siblings: proof.siblings)
      return (text, listed)
    }
  }
}

/// One record of a snapshot, with who brought it and whose text it is.
public struct SnapshotEntry: Sendable, Equatable {
  /// The record with its salt and place, as it may be published.
  public let text: SnapshotText
  public let origin: RecordOrigin
  /// The digest of the head of its cluster: its own, unless it is a copy; a head may be a record of
  /// another Datanet.
  public let cluster: Digest
  /// The earlier heads that it is partly like, in commit order, some perhaps of other Datanets; a
  /// copy has none.
  public let neighbours: [SnapshotText]

  public var record: InstructionRecord { text.record }
  /// The record's salted digest.
  public var digest: Digest { text.digest }
  public var isHead: Bool { cluster == digest }
}

/// What a Datanet version holds: every record in commit order, each cluster under its first.
///
/// Models are trained on ``heads`` alone. Later copies, whoever brings them, change neither the
/// heads nor the root.
public struct Snapshot: Sendable, Equatable {
  /// Every record in commit order, copies included.
  public let entries: [SnapshotEntry]
  /// The first record of every cluster, in commit order.
  public let heads: [SnapshotEntry]
  /// The neighbours of heads that are no records of this snapshot, in commit order, as a run
  /// publishes them.
  public let elsewhere: [ElsewhereText]
  /// Their texts.
  private let elsewhereTexts: [SnapshotText]
  /// The root of the list tree over the heads.
  public let root: Digest

  /// Takes contributions in any order.
  ///
  /// - Parameter elsewhere: what was revealed to other Datanets. Priority is chain-wide: a record
  ///   here that copies an earlier one there is no head, whoever brings it. What was committed there
  ///   after the last contribution here changes nothing.
  /// - Throws: ``DatanetFailure/Code/duplicatePosition`` if two stand at the same place.
  /// - Complexity: that of ``AttributionRules/CopyClusters`` over all records, and of
  ///   ``AttributionRules/NeighbourSearch`` over all heads.
  public init(
    _ contributions: [CommittedContribution], after elsewhere: [CommittedContribution] = []
  ) throws(DatanetFailure) {
    let ordered = (contributions.map { ($0, true) } + elsewhere.map { ($0, false) })
      .sorted { $0.0.place < $1.0.place }
    for ((earlier, _), (later, _)) in zip(ordered, ordered.dropFirst()) {
      guard earlier.place < later.place else {
        throw DatanetFailure(
          code: .duplicatePosition,
          message: "two contributions at height \(later.height.number), \(later.indexInBlock)")
      }
    }
    entries = Self.entries(of: ordered)
    heads = entries.filter(\.isHead)
    let own = Set(heads.map(\.digest))
    let used = Set(heads.flatMap { $0.neighbours.map(\.digest) }).subtracting(own)
    let neighbours = ordered.flatMap { $0.0.texts(in: used) }
    self.elsewhere = neighbours.map(\.listed)
    elsewhereTexts = neighbours.map(\.text)
    root = MerkleTree(leaves: heads.map { $0.digest.bytes + $0.origin.canonicalBytes }).root
  }

  /// What a run publishes of its records: the list, and every text that it names.
  public var publication: (list: RunTexts, texts: [RecordText]) {
    get throws(RunTextsDisordered) {
      let records = heads.map(\.text)
      return (
        try RunTexts(records: records.map { TextName($0) }, elsewhere: elsewhere),
        (records + elsewhereTexts).map(\.text)
      )
    }
  }

  /// - Parameter ordered: contributions, and whether they are to this Datanet.
  private static func entries(
    of ordered: [(committed: CommittedContribution, isOwn: Bool)]
  ) -> [SnapshotEntry] {
    var clusters = CopyClusters()
    var search = NeighbourSearch()
    var digests: [Digest] = []
    var heads: [SnapshotText] = []
    var entries: [SnapshotEntry] = []
    for (committed, isOwn) in ordered {
      for text in committed.texts {
        let outline = text.record.outline
        digests.append(text.digest)
        let cluster = digests[clusters.append(outline)]
        var neighbours: [SnapshotText] = []
        if cluster == text.digest {
          neighbours = search.append(outline).map { heads[$0] }
          heads.append(text)
        }
        guard isOwn else { continue }
        entries.append(
          SnapshotEntry(
            text: text, origin: committed.origin, cluster: cluster, neighbours: neighbours))
      }
    }
    return entries
  }
}
