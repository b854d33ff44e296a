package import LanguageModels

extension LoRAAdapter {
  /// How far an adapter that is trained again may be from the published one.
  package static let distanceTolerance = 0.01

  /// The distance from another adapter's weights, as a part of their length: of the matrices that
  /// start at zero, which are all training's.
  ///
  /// - Returns: infinity for an adapter of other sizes.
  package func distance(from other: LoRAAdapter) -> Double {
    guard configuration == other.configuration, rank == other.rank, alpha == other.alpha else {
      return .infinity
    }
    var difference = 0.0
    var length = 0.0
    for (mine, others) in zip(up, other.up) {
      for (one, two) in zip(mine, others) {
        difference += (Double(one) - Double(two)) * (Double(one) - Double(two))
        length += Double(two) * Double(two)
      }
    }
    return length > 0 ? (difference / length).squareRoot() : difference > 0 ? .infinity : 0
  }
}
