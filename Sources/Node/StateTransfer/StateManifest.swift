public import CanonicalCoding
internal import Cryptography
public import Ledger
public import Primitives

/// What an exported state consists of: the same bytes for the same height, whoever exports it.
///
/// The chunks hold the state's entries in the order of their keys, each chunk as many as fit.
public struct StateManifest: Hashable, CanonicalCodable {
  /// Of the chunks and of this; another number would mean other bytes.
  public static let format: UInt16 = 1
  /// The most bytes of entries in one chunk.
  public static let chunkMaximum = 8 << 20
  static let chunkCountMaximum = 1 << 20
  static let name = "manifest"

  public var genesis: Genesis
  /// Of the block whose state this is; ``BlockHeader/stateRoot`` is what the entries hash to.
  public var header: BlockHeader
  public var entryCount: UInt64
  /// SHA-256 of each chunk, in their order.
  public var chunks: [Digest]

  public init(genesis: Genesis, header: BlockHeader, entryCount: UInt64, chunks: [Digest]) {
    self.genesis = genesis
    self.header = header
    self.entryCount = entryCount
    self.chunks = chunks
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: Self.format)
    encoder.encode(genesis)
    encoder.encode(header)
    encoder.encode(entryCount)
    encoder.encode(list: chunks)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    guard try decoder.tag() == Self.format else { throw .invalidValue }
    genesis = try decoder.decode()
    header = try decoder.decode()
    entryCount = try decoder.decode()
    chunks = try decoder.list(atMost: Self.chunkCountMaximum)
  }

  /// The name of a chunk's file: `chunk-000000` and so on.
  static func chunkName(_ index: Int) -> String {
    let digits = String(index)
    return "chunk-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}

/// A run of the state's entries.
package struct StateChunk: CanonicalCodable, Hashable {
  var entries: [StateEntry]

  package func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: entries) }

  package init(entries: [StateEntry]) { self.entries = entries }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    entries = try decoder.list(atMost: StateManifest.chunkMaximum)
  }
}
