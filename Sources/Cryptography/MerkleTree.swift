public import CanonicalCoding
public import Primitives

/// The hashes both trees are built from; the first byte keeps a leaf from posing as a node.
enum TreeHash {
  static func leaf(_ content: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(byte: 0)
    hash.update(content)
    return hash.finish()
  }

  static func leaf(place: Digest, value: Digest) -> Digest { SHA256.digest(of: 0, place, value) }

  static func inner(_ left: Digest, _ right: Digest) -> Digest { SHA256.digest(of: 1, left, right) }
}

/// A Merkle tree over a list, as RFC 6962 section 2.1 shapes it; every node is kept.
///
/// Leaf = H(00 ‖ content), node = H(01 ‖ left ‖ right), a node without a sibling is passed up as
/// it is, and an empty list has the root H().
public struct MerkleTree: Sendable {
  /// From the leaves to the root; the last level has one node unless the tree is empty.
  private let levels: [[Digest]]

  public var leafCount: Int { levels[0].count }

  public var root: Digest { levels[levels.count - 1].first ?? SHA256.digest(of: []) }

  public init(leaves: some Sequence<[UInt8]>) {
    self.init(leafHashes: leaves.map(TreeHash.leaf))
  }

  /// Builds the tree over leaves that stand one behind the other, each of as many bytes.
  ///
  /// Cost: no heap allocation a leaf.
  /// - Precondition: they fill the slice.
  public init(fixedLeaves bytes: ArraySlice<UInt8>, of byteCount: Int) {
    precondition(bytes.count.isMultiple(of: byteCount), "the leaves fill the slice")
    let hashes = unsafe bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: byteCount).map { start in
        var hash = SHA256()
        hash.update(byte: 0)
        unsafe hash.update(UnsafeRawBufferPointer(rebasing: bytes[start..<start + byteCount]))
        return hash.finish()
      }
    }
    self.init(leafHashes: hashes)
  }

  /// Builds the tree over leaves that were hashed one by one by ``leafHash(of:)``.
  public init(leafHashes: [Digest]) {
    var levels = [leafHashes]
    while let below = levels.last, below.count > 1 {
      levels.append(
        stride(from: 0, to: below.count, by: 2).map { index in
          index + 1 < below.count ? TreeHash.inner(below[index], below[index + 1]) : below[index]
        })
    }
    self.levels = levels
  }

  public static func leafHash(of content: [UInt8]) -> Digest { TreeHash.leaf(content) }

  /// Returns the siblings on the way from a leaf to the root.
  /// - Precondition: `index` is below ``leafCount``.
  public func proof(ofLeaf index: Int) -> InclusionProof {
    precondition(levels[0].indices.contains(index), "a proof is of a leaf in the tree")
    var siblings: [Digest] = []
    var position = index
    for level in levels.dropLast() {
      if level.indices.contains(position ^ 1) { siblings.append(level[position ^ 1]) }
      position /= 2
    }
    return InclusionProof(
      leafIndex: UInt64(index), leafCount: UInt64(leafCount), siblings: siblings)
  }
}

/// Evidence that a leaf stands at an index of a list with a known root.
public struct InclusionProof: Hashable, Sendable {
  public let leafIndex: UInt64
  public let leafCount: UInt64
  /// Bottom up; a level where the node has no sibling adds none.
  public let siblings: [Digest]

  public init(leafIndex: UInt64, leafCount: UInt64, siblings: [Digest]) {
    self.leafIndex = leafIndex
    self.leafCount = leafCount
    self.siblings = siblings
  }

  /// Whether `leaf` stands at ``leafIndex`` of a list of ``leafCount`` leaves with this root.
  public func proves(_ leaf: [UInt8], under root: Digest) -> Bool {
    guard leafIndex < leafCount else { return false }
    var position = leafIndex
    var last = leafCount - 1
    var node = TreeHash.leaf(leaf)
    var remaining = siblings[...]
    while last > 0 {
      if position ^ 1 <= last {
        guard let sibling = remaining.popFirst() else { return false }
        node =
          position.isMultiple(of: 2)
          ? TreeHash.inner(node, sibling) : TreeHash.inner(sibling, node)
      }
      position /= 2
      last /= 2
    }
    return remaining.isEmpty && node == root
  }
}

extension InclusionProof: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(leafIndex)
    encoder.encode(leafCount)
    encoder.encode(list: siblings)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    leafIndex = try decoder.decode()
    leafCount = try decoder.decode()
    siblings = try decoder.list(atMost: 64)
  }
}
