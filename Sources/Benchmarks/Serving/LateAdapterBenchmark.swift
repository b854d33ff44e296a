internal import LanguageModels
internal import Primitives

/// What an adapter that begins late saves: behind a beginning that another read already, it reads only what
/// comes after.
public enum LateAdapterBenchmark {
  public typealias Figure = DecodingBenchmark.Figure

  private static let prefix = 512
  /// What calls the adapter, and is read with it.
  private static let invocation = 8

  /// Seconds until the first token, of the clock and of the engine's thread.
  private struct Wait {
    let clock: Double
    let processor: Double
  }

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    modelPath: String, isQuick: Bool, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var sheet = FigureSheet(report: report)
    let model = try DecoderModel(GGUFFile(path: modelPath))
    let engine = try ServingEngine(
      model, endOfTurn: -1, bytes: { _ in [] }, limits: ServingLimits(threads: 1))
    var handles: [AdapterHandle] = []
    for number in 0..<2 {
      let handle = AdapterHandle.stored(Digest(words: [UInt64(number), 0, 0, 2]))
      try await engine.load(
        AdapterForm.all.adapter(model.configuration, seed: UInt64(number)), as: handle)
      handles.append(handle)
    }
    var (late, early): ([(Wait, Wait)], [(Wait, Wait)]) = ([], [])
    for round in 0..<(isQuick ? 3 : 9) {
      for activation in [prefix, 0] {
        let number = 2 * round + (activation == 0 ? 1 : 0)
        let first = try await wait(engine, handles[0], activation, number)
        let second = try await wait(engine, handles[1], activation, number)
        if activation == 0 { early.append((first, second)) } else { late.append((first, second)) }
      }
    }
    sheet.add(
      "alora_ttft_ratio", late.map { $0.0.clock / $0.1.clock },
      "first token of a second adapter behind the same \(prefix) tokens: so much sooner")
    sheet.add(
      "alora_ttft_ratio_processor", late.map { $0.0.processor / $0.1.processor },
      "the same by processor time")
    sheet.add(
      "alora_first_ms", late.map { 1e3 * $0.0.clock }, "until the first adapter's first token")
    sheet.add("alora_second_ms", late.map { 1e3 * $0.1.clock }, "until the second's")
    sheet.add(
      "lora_ttft_ratio", early.map { $0.0.clock / $0.1.clock },
      "the same with adapters that begin with the prompt: nothing can be shared")
    return sheet.figures
  }

  private static func wait(
    _ engine: ServingEngine, _ adapter: AdapterHandle, _ activation: Int, _ number: Int
  ) async throws -> Wait {
    let prompt = (0..<prefix + invocation).map {
      Int32(100 + ($0 * 7 + number * 1_009 + $0 * number) % 20_000)
    }
    let used = engine.figures.processorTime
    let start = ProcessorClock.wallSeconds()
    _ = try await engine.answer(
      GenerationRequest(
        prompt: prompt, adapter: adapter, activation: activation, maximumTokens: 1))
    let clock = ProcessorClock.wallSeconds() - start
    return Wait(clock: clock, processor: (engine.figures.processorTime - used) / .seconds(1))
  }
}
