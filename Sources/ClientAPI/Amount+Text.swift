public import Primitives

extension Amount {
  /// Tokens with as many places as there are, for people.
  public var tokens: String { decimalText(baseUnits, places: 18) }
}

/// A whole number of the last places of a decimal fraction, without zeros at its end.
package func decimalText(_ number: UInt128, places: Int) -> String {
  let digits = String(number)
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let fraction = padded.suffix(places).reversed().drop { $0 == "0" }.reversed()
  return padded.dropLast(places) + (fraction.isEmpty ? "" : "." + String(fraction))
}
