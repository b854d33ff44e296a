internal import Cryptography
internal import Primitives

/// What a packed adapter's file says before its weights, which begin on a page of their own.
///
/// `WHNLORA1`, sizes, the original's name, the model's sizes, rank and factor of each map, the digest
/// of the weights, and a digest of all of that; little-endian, zeros to the end of the page.
struct PackedAdapterHeader: Hashable, Sendable {
  static let pageSize = 4096

  /// Of the adapter that it was made from.
  let name: Digest
  let layout: AdapterLayout
  let factors: [Float]
  let weightsDigest: Digest

  private static let magic = Array("WHNLORA1".utf8)

  /// Whole pages.
  static func byteCount(_ configuration: LlamaConfiguration) -> Int {
    let fields = magic.count + 8 + Digest.byteCount * 3 + 20 + 6 * configuration.linearCount
    return (fields + pageSize - 1) / pageSize * pageSize
  }

  // MARK: - Writing

  func encoded(_ configuration: LlamaConfiguration) -> [UInt8] {
    var bytes = Self.magic
    func append(_ value: some FixedWidthInteger, size: Int) {
      for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    append(layout.count, size: 8)
    bytes += name.bytes
    for size in Self.sizes(configuration) { append(size, size: 4) }
    for part in layout.parts { append(part.rank, size: 2) }
    for factor in factors { append(factor.bitPattern, size: 4) }
    bytes += weightsDigest.bytes
    bytes += SHA256.digest(of: bytes).bytes
    bytes += [UInt8](repeating: 0, count: Self.byteCount(configuration) - bytes.count)
    return bytes
  }

  private static func sizes(_ configuration: LlamaConfiguration) -> [Int] {
    [
      configuration.layerCount, configuration.width, configuration.innerWidth,
      configuration.headCount, configuration.keyHeadCount,
    ]
  }

  // MARK: - Reading

  init(name: Digest, layout: AdapterLayout, factors: [Float], weightsDigest: Digest) {
    self.name = name
    self.layout = layout
    self.factors = factors
    self.weightsDigest = weightsDigest
  }

  /// - Returns: nil for bytes that are damaged or speak of another adapter, or of another model's.
  init?(_ bytes: [UInt8], name: Digest, for configuration: LlamaConfiguration) {
    guard bytes.count == Self.byteCount(configuration) else { return nil }
    var reader = ByteReader(bytes)
    do {
      guard Array(try reader.read(count: Self.magic.count)) == Self.magic,
        let count = Int(exactly: try reader.read(UInt64.self)),
        Digest(bytes: Array(try reader.read(count: Digest.byteCount))) == name
      else { return nil }
      for size in Self.sizes(configuration) {
        guard Int(try reader.read(UInt32.self)) == size else { return nil }
      }
      var ranks: [Int] = []
      for _ in 0..<configuration.linearCount { ranks.append(Int(try reader.read(UInt16.self))) }
      var factors: [Float] = []
      for _ in 0..<configuration.linearCount {
        factors.append(Float(bitPattern: try reader.read(UInt32.self)))
      }
      let weights = Digest(bytes: Array(try reader.read(count: Digest.byteCount)))
      let end = reader.offset
      let own = Digest(bytes: Array(try reader.read(count: Digest.byteCount)))
      guard own == SHA256.digest(of: Array(bytes[..<end])), let weights else { return nil }
      self.init(
        name: name, layout: AdapterLayout(configuration, ranks: ranks), factors: factors,
        weightsDigest: weights)
      guard layout.count == count else { return nil }
    } catch { return nil }
  }
}
