internal import Attribution
internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Primitives
internal import Tensors

/// What it costs to say why an answer with four retrieved passages is what it is.
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

  /// Processor time of all attribution of one answer over that of reading its prompt and answer.
  ///
  /// Everything but the scan of the index, which the other figures have. About a minute, most of which the directions take.
  static func run(modelPath: String, rounds: Int) async throws -> [AttributionBenchmark.Figure] {
    TensorRuntime.setBLASThreads(1)
    let engine = try LanguageEngine(modelPath: modelPath)
    let adapter = try await engine.load(
      LoRAAdapter(fresh: engine.configuration, rank: 8, alpha: 16, seed: 0))
    let whole = prompt(leavingOut: nil, engine)
    let plain = engine.template.tokens(for: [ChatMessage(role: .user, content: question)])
    let prompts = RetrievalTracing.Prompts(
      plain: plain, whole: whole, shortened: passages.indices.map { prompt(leavingOut: $0, engine) }
    )
    let tokens = engine.tokenizer.encode(answer)
    let tracing = AdapterTracing(
      engine: engine, adapter: adapter,
      curvature: try await CurvatureFit(engine: engine, adapter: adapter).curvature(
        of: ExampleSource(passages.map { example(of: $0, engine) })))
    let records = passages.map { SHA256.digest(of: Array($0.utf8)) }

    // Once before the clock runs: the directions are put where they are used.
    _ = try await tracing.query(prompt: plain, answer: tokens)
    var ratios: [Double] = []
    for _ in 0..<rounds {
      let start = ProcessorClock.processorSeconds()
      _ = try await engine.generate(prompt: whole + tokens, adapter: adapter, maxTokens: 1)
      let read = ProcessorClock.processorSeconds()
      _ = try await tracing.query(prompt: plain, answer: tokens)
      _ = try await RetrievalTracing(engine: engine, adapter: adapter)
        .evidence(records: records, prompts: prompts, answer: tokens)
      ratios.append((ProcessorClock.processorSeconds() - read) / (read - start))
    }
    ratios.sort()
    return [
      .init(
        name: "answer_cost_ratio_retrieval", value: ratios[ratios.count / 2],
        interval: (ratios[0], ratios[ratios.count - 1]),
        meaning: "attributing an answer with 4 passages to reading prompt and answer once"),
      .init(
        name: "answer_cost_tokens", value: Double(whole.count + tokens.count), interval: nil,
        meaning: "prompt and answer of it, in tokens"),
    ]
  }

  /// Something to fit the directions to: what they are has no part in what they cost.
  private static func example(of passage: String, _ engine: LanguageEngine) -> TrainingExample {
    TrainingExample(
      promptTokens: engine.template.tokens(for: [ChatMessage(role: .user, content: question)]),
      answerTokens: engine.template.answerTokens(passage))
  }

  private static func prompt(leavingOut leftOut: Int?, _ engine: LanguageEngine) -> [Int32] {
    let messages = PassageContext(passages)
      .put(into: [.init(role: .user, content: question)], leavingOut: leftOut)
    return engine.template.tokens(
      for: messages.map { ChatMessage(role: .user, content: $0.content) })
  }
}
