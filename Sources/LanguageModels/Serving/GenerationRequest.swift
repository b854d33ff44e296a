public import Primitives

/// An answer that is asked of a model.
public struct GenerationRequest: Sendable {
  public var prompt: [Int32]
  /// Nil for the base model alone.
  public var adapter: AdapterHandle?
  /// The token of the prompt from which on the adapter is used.
  public var activation: Int
  public var sampling: Sampling
  /// What the answer is held to; nil for anything.
  public var form: AnswerForm?
  /// So many of the likeliest tokens are told beside each, with likelihoods; nil: none are.
  public var likelihoods: Int?
  public var maximumTokens: Int
  /// Whether an answer ends with its last token, asked after each on the engine's thread.
  public var isEnded: (@Sendable ([Int32]) -> Bool)?
  /// Answers are shared out fairly between payers.
  public var payer: Digest
  /// Higher ones go first.
  public var priority: Int
  /// For the whole answer, its wait included; nil for as long as it takes.
  public var timeLimit: Duration?

  public init(
    prompt: [Int32], adapter: AdapterHandle? = nil, activation: Int = 0,
    sampling: Sampling = Sampling(), maximumTokens: Int,
    isEnded: (@Sendable ([Int32]) -> Bool)? = nil, payer: Digest = .zero, priority: Int = 0,
    timeLimit: Duration? = nil
  ) {
    self.prompt = prompt
    self.adapter = adapter
    self.activation = activation
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.isEnded = isEnded
    self.payer = payer
    self.priority = priority
    self.timeLimit = timeLimit
  }
}

/// A token of an answer, told as it is chosen.
public struct AnsweredToken: Hashable, Sendable {
  public let token: Int32
  /// The token's own likelihood, then those of the likeliest; empty unless asked for.
  public let likelihoods: [TokenLikelihood]

  public init(token: Int32, likelihoods: [TokenLikelihood]) {
    self.token = token
    self.likelihoods = likelihoods
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
