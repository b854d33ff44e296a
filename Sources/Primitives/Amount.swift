/// Why an exact integer operation has no result.
public enum ArithmeticError: Error, Equatable, Sendable {
  /// The result exceeds the type's largest value.
  case overflow
  /// The result would be negative.
  case underflow
  /// The divisor is zero.
  case divisionByZero
}

/// A quantity of the ledger's token, counted in base units; one token is 10¹⁸ base units.
public struct Amount: Hashable, Comparable, Sendable {
  public let baseUnits: UInt128

  public static let zero = Amount(baseUnits: 0)

  @inlinable
  public init(baseUnits: UInt128) { self.baseUnits = baseUnits }

  @inlinable
  public static func < (lhs: Amount, rhs: Amount) -> Bool { lhs.baseUnits < rhs.baseUnits }

  /// Returns the sum.
  /// - Throws: ``ArithmeticError/overflow`` if it exceeds 2¹²⁸ − 1 base units.
  @inlinable
  public func adding(_ other: Amount) throws(ArithmeticError) -> Amount {
    let (sum, overflowed) = baseUnits.addingReportingOverflow(other.baseUnits)
    guard !overflowed else { throw .overflow }
    return Amount(baseUnits: sum)
  }

  /// Returns the difference.
  /// - Throws: ``ArithmeticError/underflow`` if `other` is the larger amount.
  @inlinable
  public func subtracting(_ other: Amount) throws(ArithmeticError) -> Amount {
    guard other <= self else { throw .underflow }
    return Amount(baseUnits: baseUnits - other.baseUnits)
  }

  /// Returns ⌈self · numerator / denominator⌉, exact: the product has 256 bits.
  /// - Throws: ``ArithmeticError/divisionByZero``, or ``ArithmeticError/overflow`` if the quotient
  ///   does not fit.
  public func scaledRoundingUp(
    by numerator: UInt128, over denominator: UInt128
  ) throws(ArithmeticError) -> Amount {
    let (quotient, remainder) = try baseUnits.multiplied(by: numerator, dividedBy: denominator)
    guard remainder > 0 else { return Amount(baseUnits: quotient) }
    return try Amount(baseUnits: quotient).adding(Amount(baseUnits: 1))
  }

  /// Returns ⌊self · numerator / denominator⌋, exact: the product has 256 bits.
  /// - Throws: ``ArithmeticError/divisionByZero``, or ``ArithmeticError/overflow`` if the quotient
  ///   does not fit.
  public func scaledRoundingDown(
    by numerator: UInt128, over denominator: UInt128
  ) throws(ArithmeticError) -> Amount {
    Amount(
      baseUnits: try baseUnits.multiplied(by: numerator, dividedBy: denominator).quotient)
  }
}

extension Amount: CustomStringConvertible {
  /// The base units in decimal, as every JSON document carries an amount.
  public var description: String { String(baseUnits) }

  /// Reads decimal digits; nil for anything else, a sign and a leading zero included.
  public init?(decimal text: some StringProtocol) {
    let digits = text.utf8
    guard !digits.isEmpty, digits.count <= 39,
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      digits.count == 1 || digits.first != UInt8(ascii: "0"), let value = UInt128(text)
    else { return nil }
    self.init(baseUnits: value)
  }
}

extension UInt128 {
  /// Returns ⌊self · factor / divisor⌋ and the remainder, with a 256-bit product.
  /// - Throws: ``ArithmeticError/divisionByZero``, or ``ArithmeticError/overflow`` if the quotient
  ///   needs more than 128 bits.
  public func multiplied(
    by factor: UInt128, dividedBy divisor: UInt128
  ) throws(ArithmeticError) -> (quotient: UInt128, remainder: UInt128) {
    guard divisor > 0 else { throw .divisionByZero }
    let product = multipliedFullWidth(by: factor)
    // Nearly always: the processor divides this by itself.
    if product.high == 0 { return product.low.quotientAndRemainder(dividingBy: divisor) }
    guard product.high < divisor else { throw .overflow }
    return divisor.dividingFullWidth(product)
  }
}
