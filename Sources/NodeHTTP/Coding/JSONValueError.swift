internal import JSONCoding

/// Why a document is no value of the type that is wanted.
public struct JSONValueError: Error, Equatable, CustomStringConvertible {
  /// What a program can act on; the raw values are stable.
  public enum Code: String, CaseIterable, Sendable {
    /// There is no message of this name.
    case messageUnknown = "message_unknown"
    /// A field that must be there is not.
    case fieldMissing = "field_missing"
    /// There is no such field.
    case fieldUnknown = "field_unknown"
    /// A field's value is not of the field's type.
    case valueInvalid = "value_invalid"
    /// A text or a list is longer than its field lets it be.
    case valueTooLong = "value_too_long"
  }

  public let code: Code
  /// The fields on the way, joined by dots, an element of a list by its place from 0 on; empty for
  /// the document itself.
  public let path: String
  /// What is wrong, and what is accepted instead.
  public let reason: String

  init(_ code: Code, path: String, reason: String) {
    self.code = code
    self.path = path
    self.reason = reason
  }

  public var description: String {
    "\(code.rawValue): \(path.isEmpty ? "" : "\(path): ")\(reason)"
  }
}

extension JSONValueError {
  /// Another value than the one that is wanted.
  static func wanted(_ form: String, at path: [any CodingKey], not json: JSON) -> JSONValueError {
    JSONValueError(
      .valueInvalid, path: path.joined, reason: "\(json.outline) is given; wanted is \(form)")
  }
}

extension [any CodingKey] {
  /// The path as people read it: what the coding of Swift's enumerations adds is left out.
  var joined: String {
    map(\.stringValue).filter { $0 != CarriedKey.name }.map(snakeCase).joined(separator: ".")
  }
}

/// The name under which Swift codes what an enumeration's case carries without a label.
enum CarriedKey {
  static let name = "_0"
}

extension JSON {
  /// The value in a few words.
  fileprivate var outline: String {
    switch self {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .number(let number): Self.shortened(number.text)
    case .string(let text): "\"\(Self.shortened(text))\""
    case .array: "a list"
    case .object: "an object"
    }
  }

  private static func shortened(_ text: String) -> String {
    text.count > 72 ? "\(text.prefix(64))…" : text
  }
}
