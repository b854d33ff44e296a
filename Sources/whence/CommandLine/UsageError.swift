import NodeHTTP

/// The user typed what we don't understand; the message says what to type instead.
struct UsageError: Error, Equatable {
  /// What a script can act on; the raw values are stable.
  enum Code: String, CaseIterable {
    case commandUnknown = "command_unknown"
    case optionUnknown = "option_unknown"
    /// An option excludes another that is given, needs one that is not, or is given twice.
    case optionConflict = "option_conflict"
    /// A word too many.
    case operandUnexpected = "operand_unexpected"
    case operandMissing = "operand_missing"
    /// An option's value, which is not there.
    case optionIncomplete = "option_value_missing"
    /// The value of an option or an operand is not what it takes.
    case optionInvalid = "option_value_invalid"
    /// A field of a message is given twice, or whole and in parts.
    case fieldRepeated = "field_repeated"
  }

  /// A ``Code``, or that of a ``JSONValueError``.
  let code: String
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code.rawValue
    self.message = message
  }

  /// The error of a message's fields.
  init(_ code: JSONValueError.Code, _ message: String) {
    self.code = code.rawValue
    self.message = message
  }
}

extension UsageError: CustomStringConvertible {
  var description: String { "\(code): \(message)" }
}
