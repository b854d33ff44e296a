public import LanguageModels
public import Primitives

/// Whoever computes the tokens of answers: the engine of this process, or a worker elsewhere.
///
/// Attribution is never its work: that is done here afterwards, from the answer's tokens.
public protocol AnswerEngine: Sendable {
  /// What the log calls it.
  var name: String { get }

  /// Answers that it is given at once.
  var answersAtOnce: Int { get }

  /// Whether it answers such a request as the embedded engine does, but for rounding.
  func takes(_ request: GenerationRequest) -> Bool

  /// Asks how it is; nil if it can't be asked, or is not well.
  func health() async -> EngineHealth?

  /// Whether an adapter was used here, so that using it again costs no loading.
  func holds(_ adapter: EngineAdapter) -> Bool

  /// Answers a prompt, calling `onToken` with each token in order as it comes.
  /// - Throws: ``ServingFailure`` with `worker_failed` or `worker_refused`; `CancellationError`.
  func answer(
    _ request: GenerationRequest, with adapter: EngineAdapter,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation
}

/// What a worker has to do already.
public struct EngineHealth: Equatable, Sendable {
  public let running: Int
  public let waiting: Int

  public init(running: Int, waiting: Int) {
    self.running = running
    self.waiting = waiting
  }
}

/// An adapter as an engine elsewhere takes it: by its content.
public struct EngineAdapter: Sendable {
  /// SHA-256 over the digests of both files: no other content has this name.
  public let digest: Digest
  /// Reads its files.
  public let files: @Sendable () throws -> LoRAAdapter.Files

  public init(digest: Digest, files: @escaping @Sendable () throws -> LoRAAdapter.Files) {
    self.digest = digest
    self.files = files
  }
}

extension GenerationRequest {
  /// Whether every sound engine of the same weights gives the same answer, but for ties: the likeliest
  /// token, whatever the answer has, and nothing asked but the tokens.
  public var isPlain: Bool {
    sampling.temperature == 0 && sampling.presencePenalty == 0 && sampling.frequencyPenalty == 0
      && sampling.bias.isEmpty && form == nil && likelihoods == nil && activation == 0
  }
}
