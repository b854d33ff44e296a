internal import Tensors

/// A generated answer.
public struct Generation: Hashable, Sendable {
  public enum End: String, Sendable {
    /// The model ended its turn.
    case endOfTurn
    /// Whoever asked ended it with its last token.
    case stopped
    /// The limit, or the context, was reached.
    case length
  }

  /// Without the token that ends the turn.
  public let tokens: [Int32]
  public let end: End

  public init(tokens: [Int32], end: End) {
    self.tokens = tokens
    self.end = end
  }
}

/// One answer in the making: the prompt read once, then a token a step.
final class GenerationState {
  private let model: LlamaModel
  private let adapter: AdapterTensors?
  private let cache: KeyValueCache
  private var sampler: Sampler
  private var logits: [Float]

  /// Reads the prompt.
  /// - Throws: ``ModelFailure`` with `inputInvalid` for an empty or too long prompt.
  init(model: LlamaModel, adapter: AdapterTensors?, prompt: [Int32], sampling: Sampling) throws {
    guard sampling.isValid else {
      throw ModelFailure(.inputInvalid, "no token can be chosen with these sampling settings")
    }
    self.model = model
    self.adapter = adapter
    cache = KeyValueCache(layerCount: model.configuration.layerCount)
    sampler = Sampler(sampling)
    logits = try GenerationState.read(prompt, model, adapter, cache)
  }

  private static func read(
    _ tokens: [Int32], _ model: LlamaModel, _ adapter: AdapterTensors?, _ cache: KeyValueCache
  ) throws -> [Float] {
    let states = try model.states(
      TokenBatch([tokens]), adding: .init(adapter: adapter), cache: cache)
    let logits = try model.logits(states, row: Int32(tokens.count - 1))
    try Tensor.evaluate([logits] + cache.tensors)
    return try logits.floats()
  }

  /// Chooses the next token from what is known.
  func choose() -> Int32 { sampler.next(logits) }

  /// Reads a chosen token; false if the context is full.
  func read(_ token: Int32) throws -> Bool {
    guard cache.length < model.configuration.contextLength else { return false }
    logits = try GenerationState.read([token], model, adapter, cache)
    return true
  }
}
