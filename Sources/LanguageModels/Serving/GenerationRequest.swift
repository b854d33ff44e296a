public import Primitives

/// An answer that is asked of a model.
public struct GenerationRequest: Sendable {
  public var prompt: [Int32]
  /// Nil for the base model alone.
  public var adapter: AdapterHandle?
  /// The token of the prompt from which on the adapter is used.
  public var activation: Int
  public var sampling: Sampling
  public var maximumTokens: Int
  /// Answers are shared out fairly between payers.
  public var payer: Digest
  /// Higher ones go first.
  public var priority: Int
  /// For the whole answer, its wait included; nil for as long as it takes.
  public var timeLimit: Duration?

  public init(
    prompt: [Int32], adapter: AdapterHandle? = nil, activation: Int = 0,
    sampling: Sampling = Sampling(), maximumTokens: Int, payer: Digest = .zero, priority: Int = 0,
    timeLimit: Duration? = nil
  ) {
    self.prompt = prompt
    self.adapter = adapter
    self.activation = activation
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.payer = payer
    self.priority = priority
    self.timeLimit = timeLimit
  }
}

/// How much a serving engine may use.
public struct ServingLimits: Hashable, Sendable {
  /// Answers in one step.
  public var rows: Int
  /// Tokens in one step, those of prompts included.
  public var stepTokens: Int
  /// Tokens of all sequences whose keys and values are kept; raised to what one context takes.
  public var cachedTokens: Int
  /// Answers that wait for a place.
  public var waiting: Int
  public var threads: Int

  public init(
    rows: Int = 32, stepTokens: Int = 128, cachedTokens: Int = 16_384, waiting: Int = 512,
    threads: Int
  ) {
    self.rows = rows
    self.stepTokens = stepTokens
    self.cachedTokens = cachedTokens
    self.waiting = waiting
    self.threads = threads
  }
}
