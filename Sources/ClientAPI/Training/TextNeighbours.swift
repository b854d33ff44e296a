internal import AttributionRules
public import Primitives

/// The earlier records that each record of a run is partly like, derived from the published texts.
///
/// Of a snapshot's other heads only those that are neighbours are published. They decide alike: a
/// record's neighbours among these are its neighbours among all.
public struct TextNeighbours: Sendable {
  private let ofRecord: [Digest: [SnapshotText]]

  /// - Parameters:
  ///   - records: all that were trained on, and all decoys.
  ///   - elsewhere: the neighbours besides.
  /// - Throws: ``RunTextsFault``.
  /// - Complexity: that of ``AttributionRules/CopyClusters`` and
  ///   ``AttributionRules/NeighbourSearch`` over all of them.
  public init(
    of records: SnapshotTexts, elsewhere: SnapshotTexts
  ) throws(RunTextsFault) {
    let all = (records.texts + elsewhere.texts).sorted { $0.place < $1.place }
    var clusters = CopyClusters()
    var search = NeighbourSearch()
    var ofRecord: [Digest: [SnapshotText]] = [:]
    var used: Set<Digest> = []
    for (place, text) in all.enumerated() {
      let outline = text.record.outline
      guard clusters.append(outline) == place else { throw .recordCopied(text.digest) }
      let neighbours = search.append(outline).map { all[$0] }
      guard records[text.digest] != nil else { continue }
      ofRecord[text.digest] = neighbours
      used.formUnion(neighbours.map(\.digest))
    }
    for text in elsewhere.texts where !used.contains(text.digest) {
      throw .neighbourNeedless(text.digest)
    }
    self.ofRecord = ofRecord
  }

  /// Those of one of the run's records, in commit order.
  public subscript(record: Digest) -> [SnapshotText] { ofRecord[record] ?? [] }
}

/// What a run's published texts show to be wrong with its lists.
public enum RunTextsFault: Error, Hashable, Sendable {
  /// A copy of an earlier record is among them, and only first ones may be.
  case recordCopied(Digest)
  /// A record is listed besides, and none of the run's records is partly like it.
  case neighbourNeedless(Digest)
}
