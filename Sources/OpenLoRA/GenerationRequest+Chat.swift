internal import Attribution
internal import ClientAPI
internal import LanguageModels
internal import Ledger
internal import Primitives

extension GenerationRequest {
  /// What a chat request asks of the engine: the same for whoever answers it and whoever repeats the
  /// answer.
  init(
    _ request: ChatRequest, prompt: [Int32], adapter: ServedAdapter, order: Order,
    payer: Identifier<Account>
  ) {
    let tokenizer = adapter.engine.tokenizer
    let stops = request.stops
    self.init(
      prompt: prompt, adapter: adapter.handle, sampling: Sampling(request.sampling, order: order),
      maximumTokens: Int(request.maximumTokens), payer: payer.digest)
    guard !stops.isEmpty else { return }
    isEnded = { StopTexts.isEnded($0, by: stops, tokenizer) }
  }
}

extension Sampling {
  /// Without a seed of its own a request's follows from the order, so that whoever holds order and
  /// request can repeat the answer (DESIGN section 3).
  init(_ sampling: ChatSampling, order: Order) {
    let drawn = order.request.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(
      temperature: Float(sampling.temperature) / 1000, topP: Float(sampling.topP) / 1000,
      seed: sampling.seed ?? drawn)
    topK = Int(sampling.topK)
    minP = Float(sampling.minP) / 1000
    presencePenalty = Float(sampling.presencePenalty) / 1000
    frequencyPenalty = Float(sampling.frequencyPenalty) / 1000
    for entry in sampling.bias {
      bias[Int32(bitPattern: entry.token)] = Float(entry.thousandths) / 1000
    }
  }
}
