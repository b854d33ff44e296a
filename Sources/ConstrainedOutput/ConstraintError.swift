/// Why a schema or an expression can't be kept to.
public struct ConstraintError: Error, Equatable, Sendable {
  /// What to act on; raw values are stable.
  public enum Code: String, Sendable, CaseIterable {
    /// It is no regular expression, or no JSON Schema.
    case invalid
    /// It has a meaning that is not supported; nothing that narrows an answer is ever ignored.
    case unsupported
    /// Nothing satisfies it.
    case unsatisfiable
    /// It takes more states, characters or levels than the limits allow.
    case tooLarge = "too_large"
  }

  public let code: Code
  /// Where: a JSON pointer into the schema, or an offset into the expression.
  public let place: String
  /// What is wrong, by the keyword's name, and what to do about it.
  public let message: String

  init(_ code: Code, at place: String, _ message: String) {
    self.code = code
    self.place = place
    self.message = message
  }
}

extension ConstraintError: CustomStringConvertible {
  public var description: String { "\(code.rawValue) at \(place): \(message)" }
}

/// How much of a stranger's schema is compiled.
public struct ConstraintLimits: Sendable {
  /// A state takes about 200 bytes.
  public var states: Int
  /// Schemas, counting those that come of joining others.
  public var schemas: Int
  public var expressionInBytes: Int

  public init(states: Int = 100_000, schemas: Int = 5_000, expressionInBytes: Int = 16 << 10) {
    self.states = states
    self.schemas = schemas
    self.expressionInBytes = expressionInBytes
  }
}
