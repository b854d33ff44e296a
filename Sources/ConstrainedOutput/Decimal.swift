internal import JSONCoding

/// A number of a schema, digit by digit: bounds are kept to exactly.
struct Decimal: Equatable {
  private(set) var isNegative: Bool
  /// Without zeros in front, but for "0" itself.
  private(set) var whole: [UInt8]
  /// Without zeros at the end.
  private(set) var fraction: [UInt8]

  static let zero = Decimal(isNegative: false, whole: [0], fraction: [])

  init(isNegative: Bool, whole: [UInt8], fraction: [UInt8]) {
    let whole = Array(whole.drop { $0 == 0 })
    self.whole = whole.isEmpty ? [0] : whole
    self.fraction = Array(fraction.reversed().drop { $0 == 0 }.reversed())
    self.isNegative = isNegative
    if self.whole == [0], self.fraction.isEmpty { self.isNegative = false }
  }

  /// Nil for numbers of more than 300 digits.
  init?(_ number: JSONNumber) {
    let halves = number.text.lowercased().split(separator: "e")
    let mantissa = halves[0].drop { $0 == "-" }.split(separator: ".")
    guard let exponent = halves.count > 1 ? Int(halves[1].drop { $0 == "+" }) : 0,
      abs(exponent) <= 300, number.text.utf8.count <= 300
    else { return nil }
    var digits = mantissa.joined().utf8.map { $0 - 0x30 }
    var point = mantissa[0].utf8.count + exponent
    if point < 0 {
      digits = [UInt8](repeating: 0, count: -point) + digits
      point = 0
    }
    if point > digits.count { digits += [UInt8](repeating: 0, count: point - digits.count) }
    self.init(
      isNegative: number.text.hasPrefix("-"), whole: Array(digits[..<point]),
      fraction: Array(digits[point...]))
  }

  var isWhole: Bool { fraction.isEmpty }

  var negated: Decimal { Decimal(isNegative: !isNegative, whole: whole, fraction: fraction) }

  static func < (lhs: Decimal, rhs: Decimal) -> Bool {
    if lhs.isNegative != rhs.isNegative { return lhs.isNegative }
    let isBelow = lhs.hasSmallerSize(than: rhs)
    return lhs.isNegative ? rhs.hasSmallerSize(than: lhs) : isBelow
  }

  private func hasSmallerSize(than other: Decimal) -> Bool {
    if whole.count != other.whole.count { return whole.count < other.whole.count }
    if whole != other.whole { return whole.lexicographicallyPrecedes(other.whole) }
    return fraction.lexicographicallyPrecedes(other.fraction)
  }

  /// The next whole number away from zero.
  private var wholeAbove: [UInt8] {
    var digits = whole
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return digits
      }
      digits[index] = 0
    }
    return [1] + digits
  }

  /// The least whole number that is at least this, or above it.
  func roundedUp(isExclusive: Bool) -> Decimal {
    if isNegative { return negated.roundedDown(isExclusive: isExclusive).negated }
    let moves = isExclusive || !isWhole
    return Decimal(isNegative: false, whole: moves ? wholeAbove : whole, fraction: [])
  }

  /// The greatest whole number that is at most this, or below it.
  func roundedDown(isExclusive: Bool) -> Decimal {
    if isNegative { return negated.roundedUp(isExclusive: isExclusive).negated }
    guard isExclusive, isWhole else {
      return Decimal(isNegative: false, whole: whole, fraction: [])
    }
    guard self != .zero else { return Decimal(isNegative: true, whole: [1], fraction: []) }
    var digits = whole
    for index in digits.indices.reversed() {
      if digits[index] > 0 {
        digits[index] -= 1
        break
      }
      digits[index] = 9
    }
    return Decimal(isNegative: false, whole: digits, fraction: [])
  }
}

/// One end of a range of numbers.
struct Bound: Equatable {
  var value: Decimal
  var isExclusive = false
}
