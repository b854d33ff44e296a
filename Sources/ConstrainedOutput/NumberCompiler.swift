extension AutomatonBuilder {
  /// Reads a number in a range, without an exponent, digit by digit beside the bounds.
  mutating func number(
    isWhole: Bool, low: Bound?, high: Bound?, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    guard low != nil || high != nil else {
      let fraction = isWhole ? "" : #"(\.[0-9]+)?([eE][+-]?[0-9]+)?"#
      return try pattern("-?(0|[1-9][0-9]*)" + fraction, from: source, to: target)
    }
    var low = low
    var high = high
    if isWhole {
      low = low.map { Bound(value: $0.value.roundedUp(isExclusive: $0.isExclusive)) }
      high = high.map { Bound(value: $0.value.roundedDown(isExclusive: $0.isExclusive)) }
    }
    // Zero has no sign here: what is negative has a size above zero.
    if low.map({ $0.value.isNegative }) ?? true {
      let minus = try state()
      edge("-", from: source, to: minus)
      let size = high.flatMap { $0.value < .zero ? $0 : nil }
      try magnitude(
        isWhole: isWhole,
        low: size.map { Bound(value: $0.value.negated, isExclusive: $0.isExclusive) }
          ?? (isWhole
            ? Bound(value: Decimal.zero.roundedUp(isExclusive: true))
            : Bound(value: .zero, isExclusive: true)),
        high: low.map { Bound(value: $0.value.negated, isExclusive: $0.isExclusive) },
        from: minus, to: target)
    }
    if high.map({ !$0.value.isNegative }) ?? true {
      let least = low.flatMap { $0.value.isNegative ? nil : $0 } ?? Bound(value: .zero)
      try magnitude(isWhole: isWhole, low: least, high: high, from: source, to: target)
    }
  }

  /// Reads a number without a sign that is at least one bound and at most the other.
  private mutating func magnitude(
    isWhole: Bool, low: Bound, high: Bound?, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let shortest = low.value.whole.count
    guard let high else {
      try digits(
        DigitRange(isWhole: isWhole, low: low, high: nil, length: shortest), from: source,
        to: target)
      let fraction = isWhole ? "" : #"(\.[0-9]+)?"#
      return try pattern(
        "[1-9][0-9]{\(shortest),}" + fraction, from: source, to: target)
    }
    let longest = high.value.whole.count
    guard shortest <= longest else { return }
    try digits(
      DigitRange(
        isWhole: isWhole, low: low, high: shortest == longest ? high : nil, length: shortest),
      from: source, to: target)
    guard shortest < longest else { return }
    try digits(
      DigitRange(isWhole: isWhole, low: nil, high: high, length: longest), from: source,
      to: target)
    guard shortest + 1 < longest else { return }
    let fraction = isWhole ? "" : #"(\.[0-9]+)?"#
    try pattern(
      "[1-9][0-9]{\(shortest),\(longest - 2)}" + fraction, from: source, to: target)
  }

  /// Numbers whose whole part has one length, beside bounds of that length.
  private struct DigitRange {
    let isWhole: Bool
    let low: Bound?
    let high: Bound?
    let length: Int

    func digit(_ bound: Bound?, _ place: Int) -> UInt8? {
      guard let bound else { return nil }
      if place < length { return bound.value.whole[place] }
      let place = place - length
      return place < bound.value.fraction.count ? bound.value.fraction[place] : 0
    }

    /// After this many digits, every bound has only zeros left.
    var decided: Int {
      length + max(low?.value.fraction.count ?? 0, high?.value.fraction.count ?? 0)
    }
  }

  /// How many digits were read, and whether they are still those of a bound.
  private struct DigitPlace: Hashable {
    var count = 0
    var isAtLow: Bool
    var isAtHigh: Bool
    /// Whether the point was read.
    var isInFraction = false
  }

  private mutating func digits(
    _ range: DigitRange, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let first = DigitPlace(isAtLow: range.low != nil, isAtHigh: range.high != nil)
    var places = [first: source]
    var pending = [first]
    while let place = pending.popLast(), let here = places[place] {
      var steps: [(bytes: UInt8, DigitPlace)] = []
      let isFractionDue = place.count == range.length && !place.isInFraction
      if isFractionDue {
        if satisfies(place, range) { jump(from: here, to: target) }
        guard !range.isWhole else { continue }
        var next = place
        next.isInFraction = true
        steps.append((UInt8(ascii: "."), next))
      } else {
        if place.isInFraction, place.count > range.length, satisfies(place, range) {
          jump(from: here, to: target)
        }
        let leads = place.count == 0 && range.length > 1
        for digit in (leads ? 1 : 0)...UInt8(9) {
          guard let next = step(place, digit, range) else { continue }
          steps.append((0x30 + digit, next))
        }
      }
      for (byte, next) in steps {
        let goal: Int32
        if let known = places[next] {
          goal = known
        } else {
          goal = try state()
          places[next] = goal
          pending.append(next)
        }
        edge(byte...byte, from: here, to: goal)
      }
    }
  }

  private func step(_ place: DigitPlace, _ digit: UInt8, _ range: DigitRange) -> DigitPlace? {
    var next = place
    if place.isAtLow, let least = range.digit(range.low, place.count) {
      guard digit >= least else { return nil }
      next.isAtLow = digit == least
    }
    if place.isAtHigh, let most = range.digit(range.high, place.count) {
      guard digit <= most else { return nil }
      next.isAtHigh = digit == most
    }
    // Beyond the bounds' digits, one place is like the next; one digit must follow the point.
    next.count = min(place.count + 1, max(range.decided, range.length + 1))
    return next
  }

  /// Whether the digits so far, with zeros after them, lie between the bounds.
  private func satisfies(_ place: DigitPlace, _ range: DigitRange) -> Bool {
    let read = place.count - range.length
    if place.isAtLow, let low = range.low {
      guard read >= low.value.fraction.count, !low.isExclusive else { return false }
    }
    if place.isAtHigh, let high = range.high {
      guard read < high.value.fraction.count || !high.isExclusive else { return false }
    }
    return true
  }
}
