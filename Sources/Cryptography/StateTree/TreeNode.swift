public import Primitives

/// One entry of the tree, as its node holds it.
public struct TreeLeaf: Hashable, Sendable {
  /// The hash of the entry's key.
  public let place: Digest
  /// H(00 ‖ H(key) ‖ H(value)).
  public let hash: Digest
  /// The version that wrote the value: where the key and value themselves are found.
  public let version: UInt64

  /// Whether this is what a tree holds for an entry.
  public func isOf(key: [UInt8], value: [UInt8]) -> Bool {
    place == SHA256.digest(of: key)
      && hash == TreeHash.leaf(place: place, value: SHA256.digest(of: value))
  }
}

/// What stands at one of a node's sixteen places.
enum TreeChild: Hashable, Sendable {
  case empty
  case leaf(TreeLeaf)
  /// A node of its own, stored under the version that wrote it.
  case inner(hash: Digest, version: UInt64)
}

/// A node's sixteen places, by kind and by field: what is asked most, whether one is taken, moves no
/// more than a bit.
struct TreeChildren: Sendable {
  /// One bit a place, the first place in the highest.
  private(set) var taken: UInt16 = 0
  /// Those of the taken that hold a leaf.
  private(set) var leaves: UInt16 = 0
  /// Of leaves alone; at other places anything.
  private(set) var places = InlineArray<16, Digest>(repeating: .zero)
  private(set) var hashes = InlineArray<16, Digest>(repeating: .zero)
  private(set) var versions = InlineArray<16, UInt64>(repeating: 0)

  /// Sixteen places with nothing in them.
  init() {}

  static func bit(_ index: Int) -> UInt16 { 0x8000 >> UInt16(truncatingIfNeeded: index) }

  func isTaken(_ index: Int) -> Bool { taken & Self.bit(index) != 0 }

  func isLeaf(_ index: Int) -> Bool { leaves & Self.bit(index) != 0 }

  subscript(index: Int) -> TreeChild {
    get {
      guard isTaken(index) else { return .empty }
      guard isLeaf(index) else { return .inner(hash: hashes[index], version: versions[index]) }
      return .leaf(
        TreeLeaf(place: places[index], hash: hashes[index], version: versions[index]))
    }
    set {
      let bit = Self.bit(index)
      switch newValue {
      case .empty:
        taken &= ~bit
        leaves &= ~bit
      case .leaf(let leaf):
        taken |= bit
        leaves |= bit
        places[index] = leaf.place
        hashes[index] = leaf.hash
        versions[index] = leaf.version
      case .inner(let hash, let version):
        taken |= bit
        leaves &= ~bit
        hashes[index] = hash
        versions[index] = version
      }
    }
  }
}

/// Four levels of the binary tree packed into one: sixteen places by half a byte of hashed key.
///
/// The hashes between are not stored, but computed again. Encoded as two bitmaps of 16 bits (which
/// places are taken, which hold leaves, the first place in the highest bit), then for each taken
/// place in order: a leaf's place ‖ hash ‖ version, or a node's hash ‖ version.
public struct TreeNode: Hashable, Sendable {
  public let bytes: [UInt8]

  private static let leafSize = 72
  private static let innerSize = 40

  init(_ children: TreeChildren) {
    let (taken, leaves) = (children.taken, children.leaves)
    let size = Self.size(taken: taken, leaves: leaves)
    var bytes = [UInt8](repeating: 0, count: size)
    unsafe bytes.withUnsafeMutableBytes { raw in
      unsafe raw.storeBytes(of: taken.bigEndian, as: UInt16.self)
      unsafe raw.storeBytes(of: leaves.bigEndian, toByteOffset: 2, as: UInt16.self)
      var offset = 4
      for index in 0..<16 where children.isTaken(index) {
        if children.isLeaf(index) { unsafe raw.store(children.places[index], at: &offset) }
        unsafe raw.store(children.hashes[index], at: &offset)
        unsafe raw.store(children.versions[index], at: &offset)
      }
    }
    self.bytes = bytes
  }

  /// Takes the bytes of a node as they were stored; nil if they are of another shape.
  public init?(bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    let taken = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    let leaves = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    guard leaves & ~taken == 0, bytes.count == Self.size(taken: taken, leaves: leaves) else {
      return nil
    }
    self.bytes = bytes
  }

  private static func size(taken: UInt16, leaves: UInt16) -> Int {
    4 + leaves.nonzeroBitCount * leafSize + (taken & ~leaves).nonzeroBitCount * innerSize
  }

  var children: TreeChildren {
    var children = TreeChildren()
    unsafe bytes.withUnsafeBytes { raw in
      let taken = UInt16(bigEndian: unsafe raw.load(as: UInt16.self))
      let leaves = UInt16(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      var offset = 4
      for index in 0..<16 {
        let bit = TreeChildren.bit(index)
        guard taken & bit != 0 else { continue }
        if leaves & bit != 0 {
          let (place, hash) = unsafe (raw.digest(at: &offset), raw.digest(at: &offset))
          children[index] = .leaf(
            TreeLeaf(place: place, hash: hash, version: unsafe raw.word(at: &offset)))
        } else {
          children[index] = .inner(
            hash: unsafe raw.digest(at: &offset), version: unsafe raw.word(at: &offset))
        }
      }
    }
    return children
  }

  /// The hash of the binary subtree with these sixteen places.
  package var hash: Digest { TreeLevels(children).root }
}

/// The five levels of hashes inside a node, from its places up to its own.
struct TreeLevels {
  /// As a binary heap: 1 is the node's own hash, 16 to 31 are its places.
  private(set) var hashes = InlineArray<32, Digest>(repeating: .zero)
  /// How many entries stand below, as far as it matters: none, one, or more.
  private var counts = InlineArray<32, UInt8>(repeating: 0)

  var root: Digest { hashes[1] }

  /// Cost: one hash for every place in the upper four levels with more than one entry below.
  init(_ children: borrowing TreeChildren) {
    for index in 0..<16 where children.isTaken(index) {
      hashes[16 + index] = children.hashes[index]
      counts[16 + index] = children.isLeaf(index) ? 1 : 2
    }
    for index in stride(from: 15, through: 1, by: -1) {
      let (left, right) = (counts[2 * index], counts[2 * index + 1])
      counts[index] = min(left + right, 2)
      switch left + right {
      case 0: continue
      // A lone leaf is lifted in place of its parent.
      case 1: hashes[index] = hashes[left == 1 ? 2 * index : 2 * index + 1]
      default: hashes[index] = TreeHash.inner(hashes[2 * index], hashes[2 * index + 1])
      }
    }
  }

  /// Whether more than one entry stands below.
  func isInner(_ index: Int) -> Bool { counts[index] > 1 }
}

extension UnsafeMutableRawBufferPointer {
  @unsafe fileprivate func store(_ word: UInt64, at offset: inout Int) {
    unsafe storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt64.self)
    offset += 8
  }

  @unsafe fileprivate func store(_ digest: Digest, at offset: inout Int) {
    let words = digest.words
    for index in 0..<4 { unsafe store(words[index], at: &offset) }
  }
}

extension UnsafeRawBufferPointer {
  @unsafe fileprivate func word(at offset: inout Int) -> UInt64 {
    defer { offset += 8 }
    return UInt64(bigEndian: unsafe loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @unsafe fileprivate func digest(at offset: inout Int) -> Digest {
    Digest(words: [
      unsafe word(at: &offset), unsafe word(at: &offset), unsafe word(at: &offset),
      unsafe word(at: &offset),
    ])
  }
}
