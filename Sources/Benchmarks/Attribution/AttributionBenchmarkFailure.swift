/// Why attribution could not be measured.
public struct AttributionBenchmarkFailure: Error, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Sendable {
    /// Files that the task's text is drawn from are not there.
    case textMissing = "attribution_benchmark_text_missing"
    /// A file of the task's folder is missing, damaged, or does not fit the others.
    case taskIncomplete = "attribution_benchmark_task_incomplete"
    /// A file of another program's scores is missing or of another task.
    case scoresUnfit = "attribution_benchmark_scores_unfit"
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
