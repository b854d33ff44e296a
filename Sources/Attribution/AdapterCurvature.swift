internal import AttributionRules
public import LanguageModels

/// How much of the curvature is kept, and how much memory fitting it may take.
public struct CurvatureLimits: Hashable, Sendable {
  /// Directions kept on the side of a matrix that is not the adapter's rank; more, by doubling, for
  /// an adapter so small that they would not fill ``dimension``.
  public var wideDirections: Int
  /// Coordinates kept of all.
  public var dimension: Int
  /// Bytes of second moments, or of gradients, held at once; at least one matrix's, or one batch's.
  public var memory: Int

  public init(wideDirections: Int, dimension: Int, memory: Int = 512 << 20) {
    precondition(wideDirections > 0 && dimension > 0 && memory > 0, "limits that keep nothing")
    self.wideDirections = wideDirections
    self.dimension = dimension
    self.memory = memory
  }

  /// What is committed: from 64 directions, at most 8,192 coordinates (docs/spec/attribution.md).
  public static let committed = CurvatureLimits(wideDirections: 64, dimension: 8_192)

  /// Everything: for small models and for measuring what truncation costs.
  public static let whole = CurvatureLimits(wideDirections: .max, dimension: .max)
}

/// The map from an example's adapter gradient to the vector that scores compare.
///
/// Each matrix's gradient is measured in the eigenvectors of the second moments of its inputs and
/// of its output gradients; each coordinate is divided by √(Λ + damping · mean Λ), where Λ is its
/// mean square over the training examples and the mean runs over its own matrix (EK-FAC: George et
/// al., 2018; Grosse et al., 2023). The inner product of two vectors then estimates by how much
/// training on one lowers the loss of the other.
///
/// Fitted once a run at the run's adapter; whoever recomputes a query applies the same numbers.
public struct AdapterCurvature: Hashable, Sendable {
  /// The damping of every run, relative to the matrix's mean.
  public static let relativeDamping = 0.1

  public let basis: AdapterBasis
  /// The coordinates kept, ascending.
  public let keptCoordinates: [Int]
  /// 1 / √(Λ + damping · mean Λ) of each kept coordinate.
  public let factors: [Float]

  public var dimension: Int { keptCoordinates.count }

  /// Takes what ``CurvatureFit`` sums up.
  ///
  /// - Parameters:
  ///   - energies: Σ over the training examples of each coordinate's square.
  ///   - exampleCount: how many training examples there are.
  ///   - dimension: the most coordinates to keep; from 64 on, a multiple of 64 is kept, so that
  ///     signs fill words.
  /// - Throws: ``AttributionFailure`` with `noGradients`, `wrongDimension` or `notFinite`.
  package init(
    basis: AdapterBasis, energies: [Double], exampleCount: Int, dimension: Int
  ) throws(AttributionFailure) {
    guard exampleCount > 0 else { throw AttributionFailure(.noGradients) }
    guard energies.count == basis.coordinateCount else { throw AttributionFailure(.wrongDimension) }
    guard energies.allSatisfy(\.isFinite) else { throw AttributionFailure(.notFinite) }
    var factors = [Float](repeating: 0, count: energies.count)
    var energyAfter = [Double](repeating: 0, count: energies.count)
    var start = 0
    for pair in basis.pairs {
      let range = start..<start + pair.coordinateCount
      start = range.upperBound
      let means = energies[range].map { $0 / Double(exampleCount) }
      let mean = means.reduce(0, +) / Double(means.count)
      // A matrix that no example moves stays out: its factors are zero.
      guard mean > 0 else { continue }
      for (index, energy) in zip(range, means) {
        let damped = energy + Self.relativeDamping * mean
        factors[index] = Float(1 / damped.squareRoot())
        energyAfter[index] = energy / damped
      }
    }
    let most = min(energies.count, dimension)
    let kept = most / 64 * 64
    // Ties by coordinate, so that the choice is the same wherever the sums are.
    let order = energies.indices.sorted {
      energyAfter[$0] != energyAfter[$1] ? energyAfter[$0] > energyAfter[$1] : $0 < $1
    }
    let coordinates = order.prefix(kept).sorted()
    let trimmed = basis.trimmed(to: coordinates)
    self.init(
      basis: trimmed.basis, keptCoordinates: trimmed.coordinates,
      factors: coordinates.map { factors[$0] })
  }

  /// Directions alone, which keep no coordinate yet.
  init(unfitted basis: AdapterBasis) {
    self.init(basis: basis, keptCoordinates: [], factors: [])
  }

  init(basis: AdapterBasis, keptCoordinates: [Int], factors: [Float]) {
    self.basis = basis
    self.keptCoordinates = keptCoordinates
    self.factors = factors
  }

  /// The kept coordinates of a gradient along ``basis``, each times its factor.
  /// - Throws: ``AttributionFailure`` if the length is wrong or a number is not finite.
  public func vector(of gradient: [Float]) throws(AttributionFailure) -> [Float] {
    guard gradient.count == basis.coordinateCount else {
      throw AttributionFailure(.wrongDimension)
    }
    var vector = [Float](repeating: 0, count: dimension)
    var isFinite = true
    for index in vector.indices {
      vector[index] = gradient[keptCoordinates[index]] * factors[index]
      isFinite = isFinite && vector[index].isFinite
    }
    guard isFinite else { throw AttributionFailure(.notFinite) }
    return vector
  }
}
