public import Primitives

// How single values read where people read them, in JSON for one: numbers that outgrow other
// languages' integers as decimal text, bytes as lower-case hexadecimal.

/// A value with one short text that says all of it.
public protocol TextCodable: Codable {
  /// What the text is, in a few words, for whoever wrote another one.
  static var codedForm: String { get }
  /// The text of some value.
  static var codedExample: String { get }
  var codedText: String { get }
  /// nil if the text is not exactly what ``codedText`` gives for some value.
  init?(codedText: String)
}

extension TextCodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(codedText)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Self(codedText: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is not \(Self.codedForm)")
    }
    self = value
  }
}

/// A value that reads as the hexadecimal of its canonical encoding.
public protocol HexCodable: TextCodable, CanonicalCodable {}

extension HexCodable {
  public static var codedForm: String { "an encoding in lower-case hexadecimal digits" }
  public var codedText: String { canonicalBytes.hex }
  public init?(codedText: String) {
    guard let bytes = [UInt8](hex: codedText), let value = try? Self(canonicalBytes: bytes) else {
      return nil
    }
    self = value
  }
}

/// A plain enumeration whose cases read as their names, in lower case with underscores.
public protocol NameCodable: TextCodable, CaseIterable {}

extension NameCodable {
  public static var codedForm: String {
    "one of " + allCases.map(\.codedText).joined(separator: ", ")
  }
  public static var codedExample: String { allCases.first?.codedText ?? "" }

  public var codedText: String {
    "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }

  public init?(codedText: String) {
    guard let value = Self.allCases.first(where: { $0.codedText == codedText }) else { return nil }
    self = value
  }
}

/// A union that can tell the names of its cases; what it carries follows a case's name in JSON.
public protocol UnionCodable: Codable {
  /// As the code writes them, in the order of their tags.
  static var caseNames: [String] { get }
}

extension Digest: TextCodable {
  public static let codedForm = "a digest: 64 lower-case hexadecimal digits"
  public static let codedExample = String(repeating: "0", count: 64)
  public var codedText: String { description }
  public init?(codedText: String) { self.init(hex: codedText) }
}

extension Identifier: TextCodable {
  public static var codedForm: String { "an identifier: 64 lower-case hexadecimal digits" }
  public static var codedExample: String { Digest.codedExample }
  public var codedText: String { description }
  public init?(codedText: String) {
    guard let digest = Digest(hex: codedText) else { return nil }
    self.init(digest)
  }
}

extension Amount: TextCodable {
  public static let codedForm = "an amount: base units in digits alone"
  public static let codedExample = "1000000000000000000"
  public var codedText: String { baseUnits.description }
  public init?(codedText: String) {
    guard let baseUnits = UInt128(decimal: codedText) else { return nil }
    self.init(baseUnits: baseUnits)
  }
}

extension FixedWidthInteger {
  /// Reads digits alone: no sign, and no leading zero.
  fileprivate init?(decimal text: String) {
    guard let value = Self(text), value.description == text else { return nil }
    self = value
  }
}

extension Height: Codable {
  public func encode(to encoder: any Encoder) throws { try number.encode(to: encoder) }
  public init(from decoder: any Decoder) throws { self.init(try UInt64(from: decoder)) }
}

extension BlockTime: Codable {
  public func encode(to encoder: any Encoder) throws { try milliseconds.encode(to: encoder) }
  public init(from decoder: any Decoder) throws {
    self.init(milliseconds: try UInt64(from: decoder))
  }
}

extension Share: Codable {
  public func encode(to encoder: any Encoder) throws { try partsPerBillion.encode(to: encoder) }
  public init(from decoder: any Decoder) throws {
    self.init(partsPerBillion: try UInt32(from: decoder))
  }
}
