import Primitives

extension Amount {
  private static let token = UInt128(1_000_000_000_000_000_000)

  static func tokens(_ count: UInt128) -> Amount { Amount(baseUnits: count * token) }

  static func milliTokens(_ count: UInt128) -> Amount {
    Amount(baseUnits: count * token / 1000)
  }

  /// Tokens with four places, for people; what is finer is cut off.
  var tokens: String {
    let tenThousandths = baseUnits / (Self.token / 10_000)
    let fraction = String(tenThousandths % 10_000 + 10_000).dropFirst()
    return "\(tenThousandths / 10_000).\(fraction)"
  }
}
