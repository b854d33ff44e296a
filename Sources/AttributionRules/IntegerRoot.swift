extension UInt128 {
  /// The largest number whose square is not above this one.
  func squareRootRoundingDown() -> UInt128 {
    guard self > 0 else { return 0 }
    // Newton's steps fall from above to the root, and then no further.
    var root = UInt128(1) << UInt128((129 - leadingZeroBitCount) / 2)
    while true {
      let next = (root + self / root) / 2
      guard next < root else { return root }
      root = next
    }
  }
}
