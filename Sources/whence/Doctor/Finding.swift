/// What the doctor found about one thing that Whence needs.
struct Finding: Sendable {
  enum Verdict: Sendable, Equatable {
    case good
    /// Works, but slower or less than it could.
    case warning
    case bad
  }

  let subject: String
  let verdict: Verdict
  /// A version or a measurement; for what is not good, also what to do about it.
  let detail: String

  static func good(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, verdict: .good, detail: detail)
  }
  static func warning(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, verdict: .warning, detail: detail)
  }
  static func bad(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, verdict: .bad, detail: detail)
  }
}
