public import CanonicalCoding
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
/// Encoded as version (8 bytes) ‖ count of half bytes (1) ‖ the path, two half bytes a byte; so new
/// nodes follow the old ones in key order, which suits a log-structured store.
public struct TreeNodeKey: Hashable, Sendable {
  public let version: UInt64
  public let path: TreePath

  init(version: UInt64, path: TreePath) {
    self.version = version
    self.path = path
  }
}

extension TreeNodeKey: HexCodable {
  /// The root's, before any version.
  public static let codedExample = String(repeating: "0", count: 18)

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(version)
    encoder.encode(UInt8(path.nibbleCount))
    encoder.encode(fixed: path.bits.bytes.prefix((path.nibbleCount + 1) / 2))
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    version = try decoder.decode()
    let count: UInt8 = try decoder.decode()
    guard count <= 64 else { throw .invalidValue }
    let bytes = try decoder.fixed((Int(count) + 1) / 2)
    let padding = [UInt8](repeating: 0, count: Digest.byteCount - bytes.count)
    guard let bits = Digest(bytes: bytes + padding) else { throw .invalidValue }
    path = TreePath(of: bits, nibbleCount: Int(count))
    // A path of odd length leaves half a byte over, which is zero.
    guard path.bits == bits else { throw .invalidValue }
  }
}
