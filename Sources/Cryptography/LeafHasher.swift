public import Primitives

/// Hashes leaves of a list tree whose fields have fixed widths, without a heap allocation a leaf.
///
/// The bytes are those of the canonical encoding: integers big-endian in full width, digests as
/// they are. ``finish()`` gives what ``MerkleTree/leafHash(of:)`` gives for the same bytes.
public struct LeafHasher: Sendable {
  private var buffer: [UInt8]
  private var count = 1

  /// - Parameter byteCount: bytes of every leaf.
  public init(byteCount: Int) { buffer = [UInt8](repeating: 0, count: 1 + byteCount) }

  /// - Precondition: the leaf has room for it.
  public mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    let size = value.bitWidth / 8
    precondition(count + size <= buffer.count, "a leaf is as long as it was said to be")
    unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
    }
    count += size
  }

  /// - Precondition: the leaf has room for it.
  public mutating func append(_ digest: Digest) {
    precondition(count + 32 <= buffer.count, "a leaf is as long as it was said to be")
    let words = digest.words
    unsafe buffer.withUnsafeMutableBytes { bytes in
      for index in 0..<4 {
        unsafe bytes.storeBytes(
          of: words[index].bigEndian, toByteOffset: count + 8 * index, as: UInt64.self)
      }
    }
    count += 32
  }

  /// Returns the leaf's hash and begins the next leaf.
  ///
  /// - Precondition: the leaf is as long as it was said to be.
  public mutating func finish() -> Digest {
    precondition(count == buffer.count, "a leaf is as long as it was said to be")
    count = 1
    return SHA256.digest(of: buffer)
  }
}
