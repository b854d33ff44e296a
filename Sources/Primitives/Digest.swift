/// A SHA-256 digest: 32 bytes, ordered as bytes.
public struct Digest: Hashable, Comparable, Sendable {
  // Four big-endian words: comparing them in order is comparing the bytes, without a heap.
  @usableFromInline let word0, word1, word2, word3: UInt64

  public static let byteCount = 32
  public static let zero = Digest(word0: 0, word1: 0, word2: 0, word3: 0)

  @inlinable
  init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
    self.word0 = word0
    self.word1 = word1
    self.word2 = word2
    self.word3 = word3
  }

  /// Takes eight bytes a word, the first in the most significant place.
  @inlinable
  public init(words: InlineArray<4, UInt64>) {
    self.init(word0: words[0], word1: words[1], word2: words[2], word3: words[3])
  }

  /// Eight bytes a word, the first in the most significant place.
  @inlinable
  public var words: InlineArray<4, UInt64> { [word0, word1, word2, word3] }

  /// Takes exactly 32 bytes; nil for any other count.
  public init?(bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = 0
    for byte in bytes {
      switch count >> 3 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      case 3: words.3 = words.3 << 8 | UInt64(byte)
      default: return nil
      }
      count += 1
    }
    guard count == Digest.byteCount else { return nil }
    self.init(word0: words.0, word1: words.1, word2: words.2, word3: words.3)
  }

  /// Reads 64 lower-case hexadecimal digits; nil for anything else.
  public init?(hex: some StringProtocol) {
    guard let bytes = [UInt8](hex: hex) else { return nil }
    self.init(bytes: bytes)
  }

  public var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
      let words = words
      for index in 0..<4 {
        let start = UnsafeMutableRawBufferPointer(buffer)
        unsafe start.storeBytes(
          of: words[index].bigEndian, toByteOffset: 8 * index, as: UInt64.self)
      }
      count = Digest.byteCount
    }
  }

  /// The bit at `index`, the first byte's most significant one being 0.
  /// - Precondition: `index` is below 256.
  public func bit(_ index: Int) -> Bool {
    precondition((0..<256).contains(index), "a digest has 256 bits")
    let word = words[index >> 6]
    return word >> (63 - UInt64(index & 63)) & 1 == 1
  }

  @inlinable
  public static func < (lhs: Digest, rhs: Digest) -> Bool {
    if lhs.word0 != rhs.word0 { return lhs.word0 < rhs.word0 }
    if lhs.word1 != rhs.word1 { return lhs.word1 < rhs.word1 }
    if lhs.word2 != rhs.word2 { return lhs.word2 < rhs.word2 }
    return lhs.word3 < rhs.word3
  }
}

extension Digest: CustomStringConvertible {
  public var description: String { bytes.hex }
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension [UInt8] {
  /// Reads pairs of lower-case hexadecimal digits; nil for anything else.
  public init?(hex: some StringProtocol) {
    func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    let digits = Array(hex.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      append(high << 4 | low)
    }
  }
}
