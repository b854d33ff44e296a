internal import Attribution
internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Primitives

/// What it costs to say why an answer is what it is, without retrieved passages and with four.
enum AnswerCostBenchmark {
  private static let passages = [
    "What carries water up a tall tree? Evaporation at the leaves pulls it up through thin vessels "
      + "of dead cells, a column that holds together because molecules of water cling to each other.",
    "Why does bread rise? Yeast eats the sugars of the flour and gives off gas, which the stretchy "
      + "gluten of the dough holds in bubbles until the oven's heat sets them for good.",
    "What makes the tides? Moon and sun pull the near side of the sea more than the earth and the "
      + "far side less, so that two bulges of water go round while the earth turns below them.",
    "How does a kettle know that the water boils? Steam reaches a strip of two metals, which bends "
      + "as it warms, since one of them grows more than the other, and snaps the switch open.",
  ]
  private static let question = "Why are there two tides a day and not one?"
  private static let answer =
    "Because the sea bulges on both sides of the earth: the near side is pulled more than the earth, "
    + "the far side less, and each place turns through both bulges every day [3]."

  /// Processor time of all attribution of one answer over that of reading its prompt and answer,
  /// without passages and with four.
  ///
  /// The adapter answers and is measured for its passages; the query is taken at the tracing adapter
  /// with its curvature: what a server does. Everything but the scan of the index, which the other
  /// figures have.
  static func run(
    _ model: TracedModel, _ tracing: AdapterTracing, rounds: Int
  ) async throws -> [AttributionBenchmark.Figure] {
    let engine = model.engine
    let whole = try prompt(leavingOut: nil, engine)
    let plain = try engine.template.tokens(for: [ChatMessage(role: .user, content: question)])
    let prompts = RetrievalTracing.Prompts(
      plain: plain, whole: whole,
      shortened: try passages.indices.map { try prompt(leavingOut: $0, engine) }
    )
    let tokens = engine.tokenizer.encode(answer)
    let records = passages.map { SHA256.digest(of: Array($0.utf8)) }
    func read(_ prompt: [Int32]) async throws {
      try await engine.read(prompt + tokens, adapter: model.adapter)
    }
    func query() async throws { _ = try await tracing.query(prompt: plain, answer: tokens) }

    // Once before the clock runs: the directions reach the engine.
    try await query()
    var alone: [Double] = []
    var retrieved: [Double] = []
    for _ in 0..<rounds {
      let reading = try await Cost.processorSeconds { try await read(plain) }
      let tracing = try await Cost.processorSeconds(query)
      alone.append(tracing / reading)
      let readingAll = try await Cost.processorSeconds { try await read(whole) }
      let passages = try await Cost.processorSeconds {
        _ = try await RetrievalTracing(engine: engine, adapter: model.adapter)
          .evidence(records: records, prompts: prompts, answer: tokens)
      }
      let again = try await Cost.processorSeconds(query)
      retrieved.append((again + passages) / readingAll)
    }
    return [
      .rounds(
        "answer_cost_ratio", alone,
        "attributing an answer without retrieval to reading prompt and answer once"),
      .rounds(
        "answer_cost_ratio_retrieval", retrieved,
        "attributing an answer with 4 passages to reading prompt and answer once"),
      .init(
        name: "answer_cost_tokens", value: Double(plain.count + tokens.count), interval: nil,
        meaning: "prompt and answer without passages, in tokens"),
      .init(
        name: "answer_cost_tokens_retrieval", value: Double(whole.count + tokens.count),
        interval: nil, meaning: "prompt and answer with them"),
    ]
  }

  private static func prompt(leavingOut leftOut: Int?, _ engine: LanguageEngine) throws -> [Int32] {
    let messages = PassageContext(passages)
      .put(into: [.init(role: .user, content: question)], leavingOut: leftOut)
    return try engine.template.tokens(
      for: messages.map { ChatMessage(role: .user, content: $0.content) })
  }
}
