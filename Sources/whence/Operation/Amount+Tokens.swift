import ClientAPI
import Primitives

extension Amount {
  private static let token = UInt128(1_000_000_000_000_000_000)

  static func tokens(_ count: UInt128) -> Amount { Amount(baseUnits: count * token) }

  static func milliTokens(_ count: UInt128) -> Amount {
    Amount(baseUnits: count * token / 1000)
  }
}

extension Share {
  /// Hundredths with as many places as there are, for people.
  var percent: String { decimalText(UInt128(partsPerBillion), places: 7) }
}
