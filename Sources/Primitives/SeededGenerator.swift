/// A reproducible stream of random numbers: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
///
/// For shuffles, projections and test histories that a seed must bring back; never for keys.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Returns a number below `bound` by rejection, so that no residue is favoured.
  ///
  /// Written out because the standard library may change its own method between releases.
  /// - Precondition: `bound` is positive.
  public mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "a bound of zero leaves nothing to draw")
    let limit = UInt64.max - (UInt64.max % bound)
    while true {
      let drawn = next()
      if drawn < limit { return drawn % bound }
    }
  }

  /// Returns the elements in a drawn order (Fisher–Yates).
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, Int(next(below: UInt64(last + 1))))
    }
    return result
  }
}
