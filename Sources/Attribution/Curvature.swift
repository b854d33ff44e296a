internal import AttributionRules

/// The map from an example's projected gradient to the vector that scores compare.
///
/// Gradients are LoGra's (Choe et al., 2024, arXiv 2405.13954): at every linear layer the product
/// of projected inputs and projected output gradients. Each coordinate is divided by
/// √(Λ + damping · mean Λ), where Λ is its mean square over the training records and the mean runs
/// over its own layer; of all coordinates those with the most energy after that are kept; and the
/// result has length one, which stops loud records from outscoring relevant ones.
///
/// Fitted once per run and published with the index; whoever recomputes a query applies the same
/// numbers.
public struct Curvature: Hashable, Sendable {
  /// The damping of every run, relative to the layer's mean.
  public static let relativeDamping: Float = 0.1

  /// How many linear layers, and how many projected coordinates each.
  public let layerCount: Int
  public let layerWidth: Int
  /// The coordinates kept, ascending; a multiple of 64 of them.
  public let keptCoordinates: [Int]
  /// 1 / √(Λ + damping · mean Λ) of each kept coordinate.
  let factors: [Float]

  public var dimension: Int { keptCoordinates.count }

  /// Fits the map to the training gradients.
  ///
  /// - Parameter gradients: one vector of `layerCount · layerWidth` numbers per training record.
  /// - Throws: ``AttributionFailure`` if there is no gradient, or one is not finite.
  /// - Complexity: O(records · coordinates).
  public init(
    fitting gradients: [[Float]], layerCount: Int, layerWidth: Int
  ) throws(AttributionFailure) {
    let total = layerCount * layerWidth
    guard !gradients.isEmpty else { throw AttributionFailure(.noGradients) }
    for gradient in gradients { try Self.check(gradient, count: total) }

    var energies = [Double](repeating: 0, count: total)
    for gradient in gradients {
      for index in 0..<total {
        energies[index] += Double(gradient[index]) * Double(gradient[index])
      }
    }
    for index in 0..<total { energies[index] /= Double(gradients.count) }

    var factors = [Float](repeating: 0, count: total)
    var energyAfter = [Double](repeating: 0, count: total)
    for layer in 0..<layerCount {
      let range = layer * layerWidth..<(layer + 1) * layerWidth
      let mean = energies[range].reduce(0, +) / Double(layerWidth)
      // A layer that no record moves stays out: its factor is zero.
      guard mean > 0 else { continue }
      for index in range {
        let damped = energies[index] + Double(Self.relativeDamping) * mean
        factors[index] = Float(1 / damped.squareRoot())
        energyAfter[index] = energies[index] / damped
      }
    }
    let kept = min(total, QueryVector.largestDimension) / 64 * 64
    // Ties by coordinate, so that the choice is the same wherever the sums are.
    let order = (0..<total).sorted {
      energyAfter[$0] != energyAfter[$1] ? energyAfter[$0] > energyAfter[$1] : $0 < $1
    }
    let coordinates = order.prefix(kept).sorted()
    self.init(
      layerCount: layerCount, layerWidth: layerWidth, keptCoordinates: coordinates,
      factors: coordinates.map { factors[$0] })
  }

  init(layerCount: Int, layerWidth: Int, keptCoordinates: [Int], factors: [Float]) {
    self.layerCount = layerCount
    self.layerWidth = layerWidth
    self.keptCoordinates = keptCoordinates
    self.factors = factors
  }

  /// Scales one gradient and brings it to length one; a zero gradient stays zero.
  /// - Throws: ``AttributionFailure`` if the length is wrong or a number is not finite.
  public func apply(to gradient: [Float]) throws(AttributionFailure) -> [Float] {
    try Self.check(gradient, count: layerCount * layerWidth)
    return zip(keptCoordinates, factors).map { gradient[$0] * $1 }.scaledToLengthOne()
  }

  private static func check(_ gradient: [Float], count: Int) throws(AttributionFailure) {
    guard gradient.count == count else { throw AttributionFailure(.wrongDimension) }
    guard gradient.allSatisfy(\.isFinite) else { throw AttributionFailure(.notFinite) }
  }
}

extension [Float] {
  /// The vector divided by its length; zero stays zero.
  func scaledToLengthOne() -> [Float] {
    let squared = reduce(0.0) { $0 + Double($1) * Double($1) }
    guard squared > 0 else { return self }
    let scale = Float(1 / squared.squareRoot())
    return map { $0 * scale }
  }
}
