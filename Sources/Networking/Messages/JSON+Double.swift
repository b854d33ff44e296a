public import JSONCoding

extension JSON {
  /// The number as floating point, if this is one; measurements only, never an amount.
  public var double: Double? { number.flatMap { Double($0.text) } }

  /// A measurement in the shortest text that reads back the same; null if it is not finite.
  public static func measurement(_ value: Double) -> JSON {
    JSONNumber(text: "\(value)").map(JSON.number) ?? .null
  }
}
