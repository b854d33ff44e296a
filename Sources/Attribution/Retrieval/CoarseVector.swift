/// A vector in 8 bits a number: what is kept and compared of a sentence's vector.
///
/// A dot product of two differs from that of the vectors they stand for by about 0.001 at length
/// one, less than what tells two sentences apart.
struct CoarseVector: Hashable, Sendable {
  /// The vector is `values` times `scale`.
  let values: [Int8]
  let scale: Float

  /// Rounds; what isn't a number becomes zero.
  init(_ vector: [Float]) {
    let finite = vector.map { $0.isFinite ? $0 : 0 }
    let largest = finite.map(abs).max() ?? 0
    scale = largest / 127
    guard scale > 0 else {
      values = Array(repeating: 0, count: vector.count)
      return
    }
    let scale = scale
    values = finite.map { Int8(max(-127, min(127, ($0 / scale).rounded()))) }
  }

  // MARK: - Bytes

  /// The scale's bits, lowest first, then the values.
  var bytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: scale.bitPattern >> (8 * $0)) }
      + values.map { UInt8(bitPattern: $0) }
  }

  /// Reads ``bytes``; nil unless they are of `dimension` numbers with a sound scale.
  init?(bytes: [UInt8], dimension: Int) {
    guard bytes.count == 4 + dimension else { return nil }
    let bits = (0..<4).reduce(0 as UInt32) { $0 | UInt32(bytes[$1]) << (8 * UInt32($1)) }
    scale = Float(bitPattern: bits)
    guard scale.isFinite, scale >= 0 else { return nil }
    values = bytes[4...].map { Int8(bitPattern: $0) }
  }
}
