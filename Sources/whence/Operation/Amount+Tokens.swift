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

  /// Tokens with as many places as there are, for people.
  var exactTokens: String { decimal(baseUnits, places: 18) }
}

extension Share {
  /// Hundredths with as many places as there are, for people.
  var percent: String { decimal(UInt128(partsPerBillion), places: 7) }
}

/// A whole number of the last places of a decimal fraction, without zeros at its end.
private func decimal(_ number: UInt128, places: Int) -> String {
  let digits = String(number)
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let fraction = padded.suffix(places).reversed().drop { $0 == "0" }.reversed()
  return padded.dropLast(places) + (fraction.isEmpty ? "" : "." + String(fraction))
}
