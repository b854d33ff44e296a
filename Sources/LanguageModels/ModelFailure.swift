/// Why a model, an adapter or an input could not be used.
public struct ModelFailure: Error, Sendable, CustomStringConvertible {
  public enum Code: String, CaseIterable, Sendable {
    /// No readable file at the path.
    case modelMissing = "model_missing"
    /// The file contradicts itself: truncated, wrong magic, offsets outside it.
    case modelCorrupt = "model_corrupt"
    /// A sound file of an architecture, type or tokenizer this engine doesn't run.
    case modelUnsupported = "model_unsupported"
    case adapterMissing = "adapter_missing"
    case adapterCorrupt = "adapter_corrupt"
    /// The adapter was made for other layer sizes.
    case adapterMismatch = "adapter_mismatch"
    /// A sound adapter of a kind that this engine doesn't run; the message names the field.
    case adapterUnsupported = "adapter_unsupported"
    /// The handle names no loaded adapter.
    case adapterUnknown = "adapter_unknown"
    case fileUnwritable = "file_unwritable"
    /// Tokens outside the vocabulary, an empty prompt, or more tokens than the context holds.
    case inputInvalid = "input_invalid"
    /// The training data or settings can't be trained on.
    case trainingInvalid = "training_invalid"
    /// The loss left the numbers: a learning rate too high for this data.
    case trainingDiverged = "training_diverged"
    /// As many answers wait as may; there is room again in a while.
    case overloaded = "engine_overloaded"
    /// The answer's time was over before it was done.
    case deadlineMissed = "deadline_missed"
    /// No memory for a model, an adapter or a step.
    case outOfMemory = "out_of_memory"
  }

  public let code: Code
  /// For a log.
  public let message: String
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
