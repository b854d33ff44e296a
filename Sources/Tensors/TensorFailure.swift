/// Why the tensor library could not do as asked: shapes that do not fit, or memory.
public struct TensorFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Sendable {
    /// Shapes, axes or indices don't fit the operation.
    case badArgument = "tensor_bad_argument"
    case outOfMemory = "tensor_out_of_memory"
    /// Anything else the library reports.
    case `internal` = "tensor_internal"
  }

  public let code: Code
  /// The library's own words, for a log.
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
