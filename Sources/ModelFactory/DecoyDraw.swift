internal import Cryptography
public import Primitives

/// The draw of decoys from the records of a snapshot, by a block that came after it.
///
/// Nobody who contributes knows which of his records will be kept out of training; everybody can
/// repeat the draw. Each record draws its own lot, so that what others add or withdraw moves no
/// more records in or out than it must.
public struct DecoyDraw: Sendable {
  /// The digest of the block's header.
  public let block: Digest

  public init(block: Digest) { self.block = block }

  /// Divides `records`, keeping their order.
  /// - Precondition: `count` is at most the number of records.
  public func divide(
    _ records: [TrainingRecord], decoys count: Int
  ) -> (trained: [TrainingRecord], decoys: [TrainingRecord]) {
    precondition(count <= records.count, "more decoys than records")
    let lots = records.map { lot(of: $0.digest) }
    let drawn = Set(records.indices.sorted { lots[$0] < lots[$1] }.prefix(count))
    return (
      trained: records.indices.filter { !drawn.contains($0) }.map { records[$0] },
      decoys: records.indices.filter(drawn.contains).map { records[$0] }
    )
  }

  /// The lowest lots are decoys.
  private func lot(of record: Digest) -> Digest {
    Digest(domain: "whence/decoy", hashing: block.bytes + record.bytes)
  }
}
