extension Curvature {
  private static let magic = Array("WHNCURV1".utf8)

  /// The published file: a magic word, three counts, the kept coordinates and their factors, all
  /// little-endian 32-bit.
  public var bytes: [UInt8] {
    var bytes = Self.magic
    func append(_ word: UInt32) {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    for count in [layerCount, layerWidth, dimension] { append(UInt32(count)) }
    for coordinate in keptCoordinates { append(UInt32(coordinate)) }
    for factor in factors { append(factor.bitPattern) }
    return bytes
  }

  /// Reads ``bytes`` back.
  /// - Throws: ``AttributionFailure/Code/curvatureCorrupt`` unless every count agrees with the
  ///   length and every number is usable.
  public init(bytes: [UInt8]) throws(AttributionFailure) {
    let corrupt = AttributionFailure(.curvatureCorrupt)
    let header = Self.magic.count
    guard bytes.count >= header + 12, Array(bytes.prefix(header)) == Self.magic,
      (bytes.count - header).isMultiple(of: 4)
    else { throw corrupt }
    func word(_ index: Int) -> UInt32 {
      let start = header + index * 4
      return (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
    let (layers, width, kept) = (Int(word(0)), Int(word(1)), Int(word(2)))
    guard layers < 1 << 16, width < 1 << 16, kept <= layers * width, kept.isMultiple(of: 64),
      (bytes.count - header) / 4 == 3 + 2 * kept
    else { throw corrupt }
    let coordinates = (0..<kept).map { Int(word(3 + $0)) }
    let factors = (0..<kept).map { Float(bitPattern: word(3 + kept + $0)) }
    guard zip(coordinates, coordinates.dropFirst()).allSatisfy(<),
      coordinates.allSatisfy({ $0 < layers * width }), factors.allSatisfy(\.isFinite)
    else { throw corrupt }
    self.init(
      layerCount: layers, layerWidth: width, keptCoordinates: coordinates, factors: factors)
  }
}
