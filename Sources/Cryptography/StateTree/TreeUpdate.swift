public import CanonicalCoding
public import Primitives

/// Where the nodes of a tree are read.
///
/// Only nodes that must be there are asked for, so nil always means that the medium failed; whoever
/// reads from one remembers why.
public protocol TreeNodeReader: Sendable {
  func node(at key: TreeNodeKey) -> TreeNode?

  /// Where nodes are read once `update` has happened.
  func reading(after update: TreeUpdate) -> any TreeNodeReader
}

extension TreeNodeReader {
  /// A store that is told of updates by whoever saves them stays what it is.
  public func reading(after update: TreeUpdate) -> any TreeNodeReader { self }
}

/// A node of the tree could not be read.
public struct TreeUnreadable: Error, Equatable, Sendable {
  public init() {}
}

/// Where a key and its value at some version are kept: the version that wrote the value, and the hash
/// of the key; so new values follow the old ones in key order, which suits a log-structured store.
public struct TreeValueKey: Hashable, Sendable {
  public let place: Digest
  public let version: UInt64

  public init(place: Digest, version: UInt64) {
    self.place = place
    self.version = version
  }
}

extension TreeValueKey: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(version)
    encoder.encode(place)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    version = try decoder.decode()
    place = try decoder.decode()
  }
}

/// What one version made superfluous: earlier versions still need it, itself and later ones do not.
public struct StaleTreeParts: Hashable, Sendable, CanonicalCodable {
  public internal(set) var nodes: [TreeNodeKey] = []
  public internal(set) var values: [TreeValueKey] = []

  public var isEmpty: Bool { nodes.isEmpty && values.isEmpty }

  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: nodes)
    encoder.encode(list: values)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    nodes = try decoder.list(atMost: 1 << 24)
    values = try decoder.list(atMost: 1 << 24)
  }
}

/// What a set of writes changes in a tree: to be stored whole or not at all.
public struct TreeUpdate: Sendable {
  /// A node to store.
  public struct WrittenNode: Sendable {
    public let key: TreeNodeKey
    public let node: TreeNode
  }

  /// An entry whose value changed, by its index among the writes.
  public struct WrittenValue: Sendable {
    public let key: TreeValueKey
    public let index: Int
  }

  public let version: UInt64
  public internal(set) var root = Digest.zero
  /// Below before above; the root's comes last, and is there even if nothing changed.
  public internal(set) var nodes: [WrittenNode] = []
  public internal(set) var values: [WrittenValue] = []
  public internal(set) var stale = StaleTreeParts()

  init(version: UInt64) { self.version = version }
}
