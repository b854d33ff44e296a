internal import Primitives

/// A place in the tree, counted from the root in half bytes of the hashed keys below it.
public struct TreePath: Hashable, Sendable {
  /// Bits behind the path are zero.
  let bits: Digest
  public let nibbleCount: Int

  static let root = TreePath(bits: .zero, nibbleCount: 0)

  private init(bits: Digest, nibbleCount: Int) {
    self.bits = bits
    self.nibbleCount = nibbleCount
  }

  /// The first `count` half bytes of a place.
  init(of place: Digest, nibbleCount count: Int) {
    var words = place.words
    for index in 0..<4 {
      let bitCount = min(max(count * 4 - index * 64, 0), 64)
      words[index] &= bitCount == 0 ? 0 : ~UInt64(0) << UInt64(64 - bitCount)
    }
    self.init(bits: Digest(words: words), nibbleCount: count)
  }

  func child(_ nibble: Int) -> TreePath {
    var words = bits.words
    words[nibbleCount >> 4] |= UInt64(nibble) << UInt64(60 - 4 * (nibbleCount & 15))
    return TreePath(bits: Digest(words: words), nibbleCount: nibbleCount + 1)
  }
}

extension Digest {
  /// The half byte at `index`, the first byte's upper one being 0.
  func nibble(_ index: Int) -> Int {
    Int(words[index >> 4] >> UInt64(60 - 4 * (index & 15)) & 15)
  }
}

/// Where a node is stored: what it says holds from `version` until another node takes its place.
///
/// Encoded as version (8 bytes, big-endian) ‖ count of half bytes (1) ‖ the path, two half bytes a
/// byte; so new nodes follow the old ones in key order, which suits a log-structured store.
public struct TreeNodeKey: Hashable, Sendable {
  public let version: UInt64
  public let path: TreePath

  init(version: UInt64, path: TreePath) {
    self.version = version
    self.path = path
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    let count = (path.nibbleCount + 1) / 2
    bytes.reserveCapacity(9 + count)
    bytes.append(bigEndian: version)
    bytes.append(UInt8(path.nibbleCount))
    for index in 0..<count {
      bytes.append(
        UInt8(truncatingIfNeeded: path.bits.words[index >> 3] >> UInt64(56 - 8 * (index & 7))))
    }
    return bytes
  }

  /// Reads ``bytes``; nil for anything else.
  public init?(bytes: some RandomAccessCollection<UInt8>) {
    guard bytes.count >= 9 else { return nil }
    let count = Int(bytes[bytes.index(bytes.startIndex, offsetBy: 8)])
    guard count <= 64, bytes.count == 9 + (count + 1) / 2 else { return nil }
    let path = bytes.dropFirst(9)
    let padded = Array(path) + [UInt8](repeating: 0, count: Digest.byteCount - path.count)
    guard let bits = Digest(bytes: padded) else { return nil }
    self.init(
      version: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
      path: TreePath(of: bits, nibbleCount: count))
    guard self.path.bits == bits else { return nil }
  }
}

extension [UInt8] {
  mutating func append(bigEndian number: UInt64) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
