public import CanonicalCoding
public import Primitives

/// Which of the last blocks a validator missed: a ring of bits.
public struct SigningRecord: Hashable, CanonicalCodable {
  static let byteMaximum = 1250

  /// The first block counted.
  public var start: Height
  /// In blocks.
  public var window: UInt32
  public var missed: UInt32
  /// One bit a block, set if it was missed, at the block's distance from ``start`` modulo the
  /// window; so a validator that always signs writes nothing.
  var bits: [UInt8]

  public init(start: Height, window: UInt32) {
    self.start = start
    self.window = window
    missed = 0
    bits = [UInt8](repeating: 0, count: (Int(window) + 7) / 8)
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(start)
    encoder.encode(window)
    encoder.encode(missed)
    encoder.encode(bytes: bits)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    start = try decoder.decode()
    window = try decoder.decode()
    missed = try decoder.decode()
    bits = try decoder.bytes(atMost: SigningRecord.byteMaximum)
  }
}

extension SigningRecord {
  /// Counts one block, in place of the one a window ago.
  mutating func enter(signed: Bool, at height: Height) {
    let place = Int((height.number - start.number) % UInt64(window))
    let mask = UInt8(1) << UInt8(place % 8)
    let wasMissed = bits[place / 8] & mask != 0
    guard wasMissed == signed else { return }
    bits[place / 8] ^= mask
    missed = signed ? missed - 1 : missed + 1
  }

  /// Whether fewer than the least share of a whole window was signed.
  func hasMissedTooMany(at height: Height, _ minimumSigned: Share) -> Bool {
    let required = Amount(baseUnits: UInt128(window)).part(minimumSigned).baseUnits
    return height.number - start.number >= UInt64(window)
      && UInt128(missed) > UInt128(window) - required
  }
}

extension StateReader {
  public func signing(_ validator: Identifier<Account>) -> SigningRecord? {
    record(.signing(validator))
  }
}

extension StateKey {
  public static func signing(_ validator: Identifier<Account>) -> StateKey<SigningRecord> {
    .init(.signing, validator)
  }
}
