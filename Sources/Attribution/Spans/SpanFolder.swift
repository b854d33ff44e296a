public import AttributionRules
internal import CanonicalCoding
public import Primitives

/// A span index on disk: a file for each shard, named by its digest, and a manifest.
///
/// A change writes new shards first, then replaces the manifest, then removes what it no longer
/// names: whenever the process ends, the folder holds the index before or after. One owner at a time.
public struct SpanFolder: Sendable {
  public let path: String
  /// As it is on disk; its shards are mapped.
  public private(set) var index: SpanIndex

  private static let suffix = ".spans"

  /// Opens the index in a folder, or makes both; the folder's parent must exist.
  ///
  /// Cost: one reading of every shard, for its digest.
  /// - Throws: ``AttributionFailure/Code/spansCorrupt`` if a file is missing, cut short or changed.
  public init(
    at path: String, largestShard: Int = SpanIndex.standardShard
  ) throws(AttributionFailure) {
    try SpanFile.makeFolder(path)
    self.path = path
    index = SpanIndex(largestShard: largestShard)
    let names = try SpanFile.names(in: path)
    guard names.contains("manifest") else {
      // The manifest comes before any shard, so somebody took it away.
      guard !names.contains(where: { $0.hasSuffix(Self.suffix) }) else {
        throw AttributionFailure(.spansCorrupt, detail: "\(path)/manifest is missing")
      }
      try writeManifest()
      return
    }
    var shards: [SpanShard] = []
    for digest in try readManifest().shards { shards.append(try open(digest)) }
    index = SpanIndex(shards: shards, largestShard: largestShard)
    try removeStrays()
  }

  /// Adds records, say those of a block; on disk when it returns.
  public mutating func add(_ records: [SpanRecord]) throws(AttributionFailure) {
    try keep(index.adding(records))
  }

  /// Takes records out; when it returns, no file of the folder holds their texts any more, unless
  /// others have the same.
  public mutating func withdraw(_ records: Set<Digest>) throws(AttributionFailure) {
    try keep(index.withdrawing(records))
  }

  /// Makes few shards of many.
  public mutating func merge() throws(AttributionFailure) {
    try keep(index.merged())
  }

  private mutating func keep(_ next: SpanIndex) throws(AttributionFailure) {
    let before = index
    var shards: [SpanShard] = []
    for shard in next.shards {
      if before.shards.contains(where: { $0.digest == shard.digest }) {
        shards.append(shard)
      } else {
        try SpanFile.write(shard.bytes, to: file(shard.digest))
        // Mapped, it takes memory only while it is used.
        let bytes = try ShardBytes(mapping: file(shard.digest))
        guard bytes.count == shard.bytes.count else {
          throw AttributionFailure(.spansCorrupt, detail: file(shard.digest))
        }
        shards.append(SpanShard(trusted: bytes, layout: shard.layout, digest: shard.digest))
      }
    }
    index = SpanIndex(shards: shards, largestShard: next.largestShard)
    do throws(AttributionFailure) {
      try writeManifest()
    } catch {
      index = before
      throw error
    }
    try removeStrays()
  }

  private func file(_ digest: Digest) -> String { "\(path)/\(digest)\(Self.suffix)" }

  private func open(_ digest: Digest) throws(AttributionFailure) -> SpanShard {
    let name = file(digest)
    let shard = try SpanShard(checking: ShardBytes(mapping: name), name: name)
    guard shard.digest == digest else {
      throw AttributionFailure(.spansCorrupt, detail: "\(name) is another shard")
    }
    return shard
  }

  private func readManifest() throws(AttributionFailure) -> SpanManifest {
    let name = "\(path)/manifest"
    let bytes = try ShardBytes(mapping: name)
    do {
      return try SpanManifest(canonicalBytes: bytes.array(0..<bytes.count))
    } catch {
      throw AttributionFailure(.spansCorrupt, detail: "\(name) is no manifest")
    }
  }

  private func writeManifest() throws(AttributionFailure) {
    let manifest = SpanManifest(shards: index.shards.map(\.digest))
    try SpanFile.write(ShardBytes(manifest.canonicalBytes), to: "\(path)/manifest")
  }

  /// Removes what a change that did not end, or the one just made, has left.
  private func removeStrays() throws(AttributionFailure) {
    let wanted = Set(index.shards.map { "\($0.digest)\(Self.suffix)" })
    for name in try SpanFile.names(in: path)
    where !wanted.contains(name) && (name.hasSuffix(Self.suffix) || name.hasSuffix(".draft")) {
      try SpanFile.remove("\(path)/\(name)")
    }
  }
}
