public import AttributionRules
public import Primitives

/// What an answer's bytes are looked for in: every text of a Datanet's snapshot, in shards.
///
/// A value: adding, withdrawing and merging give another one, which shares the shards that stay the
/// same. How records are spread over shards changes no result, only its cost.
public struct SpanIndex: Sendable {
  /// Oldest first.
  public let shards: [SpanShard]
  /// Bytes of text in the largest shard that is made of smaller ones.
  ///
  /// Making one takes about seven times as much memory.
  public let largestShard: Int

  /// Bytes of text; 256 MiB.
  public static let standardShard = 256 << 20

  /// An index of no records.
  public init(largestShard: Int = standardShard) {
    self.init(shards: [], largestShard: largestShard)
  }

  /// An index of some records, in any order.
  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` if a text is.
  public init(
    _ records: [SpanRecord], largestShard: Int = standardShard
  ) throws(AttributionFailure) {
    self = try SpanIndex(largestShard: largestShard).adding(records)
  }

  /// An index of one shard, say one that somebody else made.
  public init(searching shard: SpanShard) {
    self.init(shards: [shard], largestShard: Self.standardShard)
  }

  init(shards: [SpanShard], largestShard: Int) {
    precondition(largestShard > 0, "a shard holds something")
    self.shards = shards
    self.largestShard = largestShard
  }

  /// Bytes of text; a text counts once in each shard that has it.
  public var textBytes: Int { shards.reduce(0) { $0 + $1.textBytes } }

  // MARK: Changes

  /// Returns the index with some records more, say those of a block; ones that it has are kept once.
  ///
  /// Shards of similar size become one, so that there are few, and a text is sorted again only
  /// about as often as the index doubles.
  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` if a text is longer than
  ///   `SpanLimits.longestText`.
  public func adding(_ records: [SpanRecord]) throws(AttributionFailure) -> SpanIndex {
    guard records.allSatisfy({ $0.text.count <= SpanLimits.longestText }) else {
      throw AttributionFailure(.spansTooLarge, detail: "a record of the span index")
    }
    guard !records.isEmpty else { return self }
    var fresh = records.map {
      SharedText(text: $0.text, sources: [PlacedRecord(place: $0.place, record: $0.record)])
    }
    var size = fresh.reduce(0) { $0 + $1.text.count }
    var kept = shards
    while let last = kept.last, last.textBytes <= 2 * size, last.textBytes + size <= largestShard {
      fresh += last.contents()
      size += last.textBytes
      kept.removeLast()
    }
    return try SpanIndex(shards: kept, largestShard: largestShard).appending(fresh)
  }

  /// Returns the index without some records: their texts are in no file that is left, unless other
  /// records have the same text.
  ///
  /// Cost: every shard that holds one of them is made anew.
  public func withdrawing(_ records: Set<Digest>) throws(AttributionFailure) -> SpanIndex {
    var next = SpanIndex(largestShard: largestShard)
    for shard in shards {
      let isConcerned = (0..<shard.sourceCount).contains {
        records.contains(shard.source($0).record)
      }
      if isConcerned {
        var left: [SharedText] = []
        for var shared in shard.contents() {
          shared.sources.removeAll { records.contains($0.record) }
          if !shared.sources.isEmpty { left.append(shared) }
        }
        next = try next.appending(left)
      } else {
        next = next.appending(shard)
      }
    }
    return next
  }

  /// Returns the index in as few shards as `largestShard` allows, neighbours together.
  public func merged() throws(AttributionFailure) -> SpanIndex {
    var next = SpanIndex(largestShard: largestShard)
    var gathered: [SpanShard] = []
    for shard in shards {
      let size = gathered.reduce(shard.textBytes) { $0 + $1.textBytes }
      if size > largestShard {
        next = try next.appending(joining: gathered)
        gathered = []
      }
      gathered.append(shard)
    }
    return try next.appending(joining: gathered)
  }

  private func appending(joining shards: [SpanShard]) throws(AttributionFailure) -> SpanIndex {
    if let only = shards.first, shards.count == 1 { return appending(only) }
    return try appending(shards.flatMap { $0.contents() })
  }

  private func appending(_ shard: SpanShard) -> SpanIndex {
    let isHere = shards.contains { $0.digest == shard.digest }
    return isHere ? self : SpanIndex(shards: shards + [shard], largestShard: largestShard)
  }

  /// Sorts texts into as many shards as they need.
  private func appending(_ texts: [SharedText]) throws(AttributionFailure) -> SpanIndex {
    var next = self
    var piece: [SharedText] = []
    var size = 0
    for shared in texts.joined() {
      if !piece.isEmpty, size + shared.text.count > largestShard {
        next = next.appending(try SpanShard(sorting: piece))
        (piece, size) = ([], 0)
      }
      piece.append(shared)
      size += shared.text.count
    }
    return piece.isEmpty ? next : next.appending(try SpanShard(sorting: piece))
  }
}
