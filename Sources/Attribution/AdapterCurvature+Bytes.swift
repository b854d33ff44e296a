internal import AttributionRules
internal import LanguageModels

extension AdapterCurvature {
  private static let magic = Array("WHNCURV2".utf8)
  /// More than any width or count of a model.
  private static let limit = 1 << 20

  /// The published file: a magic word, counts, shapes, directions, kept coordinates and factors,
  /// all little-endian 32-bit; directions that several matrices share stand once.
  public var bytes: [UInt8] {
    var words: [UInt32] = [UInt32(basis.pairs.count), UInt32(dimension)]
    let inputs = basis.pairs.map(\.input)
    let sources = inputs.indices.map { inputs[...$0].firstIndex(of: inputs[$0]) ?? $0 }
    for (pair, source) in zip(basis.pairs, sources) {
      words += [
        pair.input.width, pair.input.count, pair.output.width, pair.output.count, source,
      ].map(UInt32.init)
    }
    for (index, pair) in basis.pairs.enumerated() {
      if sources[index] == index { words += pair.input.values.map(\.bitPattern) }
      words += pair.output.values.map(\.bitPattern)
    }
    words += keptCoordinates.map(UInt32.init) + factors.map(\.bitPattern)
    var bytes = Self.magic
    bytes.reserveCapacity(bytes.count + 4 * words.count)
    for word in words {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return bytes
  }

  /// Reads ``bytes`` back.
  /// - Throws: ``AttributionFailure/Code/curvatureCorrupt`` unless every count agrees with the
  ///   length and every number is usable.
  public init(bytes: [UInt8]) throws(AttributionFailure) {
    guard bytes.starts(with: Self.magic) else { throw AttributionFailure(.curvatureCorrupt) }
    var reader = WordReader(bytes: bytes, offset: Self.magic.count)
    let (matrices, kept) = (try reader.count(Self.limit), try reader.count(Self.limit))
    var shapes: [[Int]] = []
    for _ in 0..<matrices {
      var shape: [Int] = []
      for _ in 0..<5 { shape.append(try reader.count(Self.limit)) }
      shapes.append(shape)
    }
    var pairs: [AdapterBasis.Pair] = []
    for (index, shape) in shapes.enumerated() {
      let source = shape[4]
      // Shared directions stand with the first matrix that has them.
      guard source <= index, shapes[source][4] == source, shape[..<2] == shapes[source][..<2]
      else { throw AttributionFailure(.curvatureCorrupt) }
      let input =
        source < index
        ? pairs[source].input : try reader.directions(width: shape[0], count: shape[1])
      pairs.append(
        .init(input: input, output: try reader.directions(width: shape[2], count: shape[3])))
    }
    let basis = AdapterBasis(pairs: pairs)
    let coordinates = try reader.words(kept).map(Int.init)
    let factors = try reader.words(kept).map(Float.init(bitPattern:))
    guard reader.isAtEnd, kept.isMultiple(of: 64), kept <= QueryVector.largestDimension,
      zip(coordinates, coordinates.dropFirst()).allSatisfy(<),
      (coordinates.last ?? -1) < basis.coordinateCount, factors.allSatisfy(\.isFinite)
    else { throw AttributionFailure(.curvatureCorrupt) }
    self.init(basis: basis, keptCoordinates: coordinates, factors: factors)
  }
}

/// Takes little-endian words from bytes, never past their end.
private struct WordReader {
  let bytes: [UInt8]
  var offset: Int

  var isAtEnd: Bool { offset == bytes.count }

  mutating func words(_ count: Int) throws(AttributionFailure) -> [UInt32] {
    guard count <= (bytes.count - offset) / 4 else { throw AttributionFailure(.curvatureCorrupt) }
    var words: [UInt32] = []
    words.reserveCapacity(count)
    for start in stride(from: offset, to: offset + 4 * count, by: 4) {
      words.append(
        UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
          | UInt32(bytes[start + 3]) << 24)
    }
    offset += 4 * count
    return words
  }

  mutating func count(_ limit: Int) throws(AttributionFailure) -> Int {
    let count = Int(try words(1)[0])
    guard count <= limit else { throw AttributionFailure(.curvatureCorrupt) }
    return count
  }

  mutating func directions(width: Int, count: Int) throws(AttributionFailure) -> Directions {
    let values = try words(width * count).map(Float.init(bitPattern:))
    guard count <= width, values.allSatisfy(\.isFinite) else {
      throw AttributionFailure(.curvatureCorrupt)
    }
    return Directions(width: width, count: count, values: values)
  }
}
