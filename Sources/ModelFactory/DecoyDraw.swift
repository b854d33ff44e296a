public import Primitives

/// The draw of decoys from the records of a snapshot, by a block that came after it.
///
/// Nobody who contributes knows which of his records will be kept out of training; everybody can
/// repeat the draw.
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
    let seed = block.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    var generator = SeededGenerator(seed: seed)
    let drawn = Set(generator.shuffled(Array(records.indices)).prefix(count))
    return (
      trained: records.indices.filter { !drawn.contains($0) }.map { records[$0] },
      decoys: records.indices.filter(drawn.contains).map { records[$0] }
    )
  }
}
