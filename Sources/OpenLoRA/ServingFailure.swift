/// Why a server can't serve an adapter or settle an answer.
public struct ServingFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Sendable {
    case adapterUnknown = "adapter_unknown"
    case wrongBaseModel = "wrong_base_model"
    /// An adapter's files are not those that the ledger commits to.
    case adapterDiffers = "adapter_differs"
    /// A receipt was settled on another chain than the one that it is checked against.
    case wrongChain = "wrong_chain"
    case artifactMissing = "artifact_missing"
    case artifactCorrupt = "artifact_corrupt"
    /// What is asked for takes the text of a record that was withdrawn for good.
    case recordsErased = "records_erased"
    /// The ledger refused to settle a receipt; the answer stays in the queue's folder.
    case settlementRejected = "settlement_rejected"
    /// The ledger will never settle an answer; it is set aside with the reason.
    case settlementImpossible = "settlement_impossible"
    /// An unsettled answer on disk can't be read.
    case unsettledCorrupt = "unsettled_corrupt"
    /// A worker elsewhere can't be asked, or what it says makes no sense.
    case workerFailed = "worker_failed"
    /// A worker elsewhere does not take a request or an adapter.
    case workerRefused = "worker_refused"
    /// A worker elsewhere was started anew and knows an adapter no more.
    case workerForgot = "worker_forgot"
    /// A worker's answer is not the model's: nothing is kept of it, and nothing charged.
    case answerForeign = "answer_foreign"
  }

  public let code: Code
  /// A sentence that says what to do.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
