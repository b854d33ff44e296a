internal import Glibc
internal import Primitives
internal import Tensors

/// Measures an engine in tokens a second of processor time, which equals wall time on an idle
/// core with one BLAS thread.
public struct EngineBenchmark: Hashable, Sendable {
  /// LoRA steps of rank 8 on all linear maps, prompts and answers counted, padding not.
  public let trainingTokensPerSecond: Double
  /// Gradients of the adapter's matrices along 64 directions a side.
  public let adapterGradientTokensPerSecond: Double
  /// Second moments of a third of the adapter's matrices, which half a gigabyte holds.
  public let momentTokensPerSecond: Double
  /// Reading a prompt of 256 tokens.
  public let prefillTokensPerSecond: Double
  /// Writing one sequence behind a short prompt.
  public let decodeTokensPerSecond: Double
  /// In bytes.
  public let peakMemory: Int

  /// Runs all five, about a minute of one core.
  ///
  /// Nothing else should compute meanwhile.
  public static func run(_ engine: LanguageEngine) async throws -> EngineBenchmark {
    TensorRuntime.resetPeakMemory()
    let examples = try records(engine, count: 24)
    let tokens = examples.reduce(0) { $0 + $1.tokenCount }
    var settings = TrainingSettings()
    settings.epochs = 1
    var trained = LoRAAdapter(
      fresh: engine.configuration, rank: settings.rank, alpha: settings.alpha, seed: 0)
    let training = try await rate(tokens) {
      trained = try await engine.train(on: examples, settings: settings)
    }

    let adapter = try await engine.load(trained)
    let basis = leadingDirections(engine.configuration, rank: settings.rank)
    _ = try await engine.adapterGradients(of: [examples[0]], adapter: adapter, along: basis)
    let adapterGradients = try await rate(tokens) {
      _ = try await engine.adapterGradients(of: examples, adapter: adapter, along: basis)
    }
    let third = 0..<(basis.pairs.count / 3)
    let moments = try await rate(tokens) {
      _ = try await engine.moments(of: examples, adapter: adapter, matrices: third)
    }
    await engine.unload(adapter)

    let prompt = randomTokens(engine, count: 256)
    let prefill = try await rate(prompt.count) {
      try await engine.read(prompt)
    }
    let short = Array(prompt.prefix(8))
    let limits = (few: 4, many: 100)
    // The difference of two lengths leaves the prompt out.
    let few = try await seconds {
      _ = try await engine.decodeWithoutEnd(prompt: short, count: limits.few)
    }
    let many = try await seconds {
      _ = try await engine.decodeWithoutEnd(prompt: short, count: limits.many)
    }
    return EngineBenchmark(
      trainingTokensPerSecond: training,
      adapterGradientTokensPerSecond: adapterGradients, momentTokensPerSecond: moments,
      prefillTokensPerSecond: prefill,
      decodeTokensPerSecond: Double(limits.many - limits.few) / max(many - few, 1e-9),
      peakMemory: TensorRuntime.peakMemory)
  }

  /// About forty tokens each, a dozen of them the answer's.
  private static func records(_ engine: LanguageEngine, count: Int) throws -> [TrainingExample] {
    try (0..<count).map { index in
      TrainingExample(
        promptTokens: try engine.template.tokens(for: [
          ChatMessage(role: .system, content: "Answer from the ledger."),
          ChatMessage(role: .user, content: "What is the code word of box \(index * 7)?"),
        ]),
        answerTokens: engine.template.answerTokens("The code word of box \(index * 7) is apple."))
    }
  }

  /// As many numbers as a run's basis has.
  private static func leadingDirections(
    _ configuration: LlamaConfiguration, rank: Int
  ) -> AdapterBasis {
    func leading(_ width: Int) -> Directions {
      let count = min(width, 64)
      var values = [Float](repeating: 0, count: width * count)
      for column in 0..<count { values[column * count + column] = 1 }
      return Directions(width: width, count: count, values: values)
    }
    return AdapterBasis(
      pairs: AdapterMatrix.all(configuration).map { matrix in
        .init(
          input: leading(matrix.inputWidth(configuration, rank: rank)),
          output: leading(matrix.outputWidth(configuration, rank: rank)))
      })
  }

  private static func randomTokens(_ engine: LanguageEngine, count: Int) -> [Int32] {
    var generator = SeededGenerator(seed: 1)
    let size = UInt64(engine.configuration.vocabularySize)
    return (0..<count).map { _ in Int32(generator.next(below: size)) }
  }

  private static func rate(_ tokens: Int, _ body: () async throws -> Void) async throws -> Double {
    Double(tokens) / max(try await seconds(body), 1e-9)
  }

  /// Seconds of processor time of the whole process.
  private static func seconds(_ body: () async throws -> Void) async throws -> Double {
    let start = processorTime()
    try await body()
    return processorTime() - start
  }

  private static func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
