/// Where the parts of a shard lie in its bytes; `docs/spec/spans.md` draws them.
struct ShardLayout: Equatable, Sendable {
  /// The ASCII bytes `WHNSPAN1`, read as a little-endian number.
  static let magic: UInt64 = 0x314e_4150_534e_4857
  static let headerSize = 24
  static let sourceSize = 48
  static let digestSize = 32
  /// Stands behind every text; no UTF-8 holds it.
  static let separator: UInt8 = 255

  let textCount: Int
  let sourceCount: Int
  /// Bytes of all texts with their separators, and the number of suffixes.
  let byteCount: Int

  /// Where each text starts, 4 bytes a text.
  var starts: Int { Self.headerSize }
  /// The index of each text's first source, 4 bytes a text.
  var firstSources: Int { starts + 4 * textCount }
  /// Digest, height, place in the block, place in the contribution.
  var sources: Int { firstSources + 4 * textCount }
  /// Where the suffixes start, sorted; 4 bytes each.
  var suffixes: Int { sources + Self.sourceSize * sourceCount }
  var text: Int { suffixes + 4 * byteCount }
  /// SHA-256 of everything before.
  var digest: Int { text + byteCount }
  var fileSize: Int { digest + Self.digestSize }

  init(textCount: Int, sourceCount: Int, byteCount: Int) {
    self.textCount = textCount
    self.sourceCount = sourceCount
    self.byteCount = byteCount
  }

  /// Reads the header; nil unless it is one and speaks of exactly so many bytes.
  init?(of bytes: ShardBytes) {
    guard bytes.count >= Self.headerSize, bytes.number(at: 0) == Self.magic else { return nil }
    let counts = (0..<4).map { Int(bytes.number(at: 8 + 4 * $0, as: UInt32.self)) }
    self.init(textCount: counts[0], sourceCount: counts[1], byteCount: counts[2])
    guard counts[3] == 0, (1...byteCount).contains(textCount), sourceCount >= textCount,
      byteCount <= SuffixSorting.longestText, bytes.count == fileSize
    else { return nil }
  }

  func writeHeader(to bytes: ShardBytes) {
    bytes.write(Self.magic, at: 0)
    for (index, count) in [textCount, sourceCount, byteCount, 0].enumerated() {
      bytes.write(UInt32(count), at: 8 + 4 * index)
    }
  }
}
