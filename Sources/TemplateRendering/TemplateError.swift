/// Why a template can't be read or rendered.
public struct TemplateError: Error, Equatable, Sendable {
  /// What to act on; raw values are stable.
  public enum Code: String, Sendable, CaseIterable {
    /// The template is not in the language's form.
    case badSyntax = "bad_syntax"
    /// The language has it, this renderer does not.
    case unsupported
    /// Something is used that nobody gave: a variable, or a member of one.
    case undefinedValue = "undefined_value"
    /// An operation on values that don't have it, such as text plus nothing.
    case wrongType = "wrong_type"
    /// A filter, test or function was called with other arguments than it takes.
    case badArgument = "bad_argument"
    /// The template itself refused the conversation, with `raise_exception`.
    case refusedByTemplate = "refused_by_template"
    case sourceTooLong = "source_too_long"
    case outputTooLong = "output_too_long"
    case tooMuchWork = "too_much_work"
    /// Expressions, statements, calls or values are nested too deeply.
    case tooDeep = "too_deep"
  }

  public let code: Code
  /// The line of the template, counted from 1.
  public let line: Int
  /// What is wrong and what to do about it; the template's own words for `refusedByTemplate`.
  public let message: String

  init(_ code: Code, line: Int, _ message: String) {
    self.code = code
    self.line = line
    self.message = message
  }
}

extension TemplateError: CustomStringConvertible {
  public var description: String { "\(code.rawValue) in line \(line): \(message)" }
}

/// How much of a stranger's template is read, and how much it may do.
public struct TemplateLimits: Sendable {
  public var sourceInBytes: Int
  public var outputInBytes: Int
  /// A step is an expression evaluated, a value made or compared, or eight bytes copied; none takes
  /// more than about 100 bytes of memory.
  public var steps: Int
  /// How deeply expressions, statements and values may nest, and macros call each other.
  public var depth: Int

  public init(
    sourceInBytes: Int = 1 << 20, outputInBytes: Int = 16 << 20, steps: Int = 10_000_000,
    depth: Int = 100
  ) {
    self.sourceInBytes = sourceInBytes
    self.outputInBytes = outputInBytes
    self.steps = steps
    self.depth = depth
  }
}
