internal import Primitives

/// A proof that a tree with a known root holds a key with a value, or holds no such key.
///
/// The shape, the bytes and the rules are those of ICS-23 (cosmos/ics23, `proofs.proto`).
public enum CommitmentProof: Hashable, Sendable {
  case existence(ExistenceProof)
  case nonexistence(NonexistenceProof)
}

/// How a leaf and the nodes above it hash up to a root.
public struct ExistenceProof: Hashable, Sendable {
  public var key: [UInt8]
  public var value: [UInt8]
  public var leaf: LeafStep?
  /// From the leaf's parent to the root.
  public var path: [InnerStep]

  public init(key: [UInt8], value: [UInt8], leaf: LeafStep?, path: [InnerStep]) {
    self.key = key
    self.value = value
    self.leaf = leaf
    self.path = path
  }
}

/// The leaves on both sides of where a key would stand; one is nil at either end of the tree.
public struct NonexistenceProof: Hashable, Sendable {
  public var key: [UInt8]
  public var left: ExistenceProof?
  public var right: ExistenceProof?

  public init(key: [UInt8], left: ExistenceProof?, right: ExistenceProof?) {
    self.key = key
    self.left = left
    self.right = right
  }
}

/// How a key and a value become a leaf: hash(prefix ‖ length ‖ key ‖ length ‖ value).
public struct LeafStep: Hashable, Sendable {
  public var hash = HashOperation.none
  public var keyHash = HashOperation.none
  public var valueHash = HashOperation.none
  public var length = LengthOperation.none
  public var prefix: [UInt8] = []
}

/// How a node becomes its parent: hash(prefix ‖ node ‖ suffix).
public struct InnerStep: Hashable, Sendable {
  public var hash = HashOperation.none
  public var prefix: [UInt8] = []
  public var suffix: [UInt8] = []
}

/// The hashes that ICS-23 knows by number; a proof that needs any but SHA-256 is refused.
public enum HashOperation: UInt64, Sendable {
  case none = 0
  case sha256, sha512, keccak256, ripemd160, bitcoin, sha512_256, blake2b512, blake2s256, blake3

  func apply(to bytes: [UInt8]) throws(CommitmentFault) -> [UInt8] {
    guard self == .sha256 else { throw .unsupported }
    return SHA256.digest(of: bytes).bytes
  }

  func applyIfAny(to bytes: [UInt8]) throws(CommitmentFault) -> [UInt8] {
    self == .none ? bytes : try apply(to: bytes)
  }
}

/// How the length of a key or value is put before it.
public enum LengthOperation: UInt64, Sendable {
  case none = 0
  case varint, recursive, fixed32Big, fixed32Little, fixed64Big, fixed64Little, require32, require64

  func apply(to bytes: [UInt8]) throws(CommitmentFault) -> [UInt8] {
    func prefix(_ count: Int, reversed: Bool) -> [UInt8] {
      let big = (0..<count).map {
        UInt8(truncatingIfNeeded: bytes.count >> (8 * (count - 1 - $0)))
      }
      return reversed ? big.reversed() : big
    }
    switch self {
    case .none: return bytes
    case .varint: return CommitmentProof.varint(bytes.count) + bytes
    case .recursive: throw .unsupported
    case .fixed32Big: return prefix(4, reversed: false) + bytes
    case .fixed32Little: return prefix(4, reversed: true) + bytes
    case .fixed64Big: return prefix(8, reversed: false) + bytes
    case .fixed64Little: return prefix(8, reversed: true) + bytes
    case .require32, .require64:
      guard bytes.count == (self == .require32 ? 32 : 64) else { throw .wrongLeaf }
      return bytes
    }
  }
}

/// Why a proof does not prove what it should; the raw values are stable.
public enum CommitmentFault: String, Error, CaseIterable, Sendable {
  /// The bytes are not a proof's, or not its only ones.
  case malformed
  /// It is a batch, or uses a hash or a length that we don't compute.
  case unsupported
  /// It proves presence where absence was asked, or the reverse.
  case otherKind = "other_kind"
  /// The leaf is not built as the tree's leaves are.
  case wrongLeaf = "wrong_leaf"
  /// A node is not built as the tree's nodes are.
  case wrongNode = "wrong_node"
  /// The path is longer or shorter than any in the tree.
  case wrongDepth = "wrong_depth"
  /// It is about another key.
  case otherKey = "other_key"
  /// It proves another value.
  case otherValue = "other_value"
  /// It leads to another root.
  case otherRoot = "other_root"
  /// The key does not lie between the two leaves.
  case outOfOrder = "out_of_order"
  /// Between the two leaves there may be others.
  case notNeighbours = "not_neighbours"
}
