internal import Cryptography
internal import Foundation
internal import LanguageModels
internal import OpenLoRA
internal import Primitives
internal import Synchronization
internal import Tensors

/// The engine beside vLLM, with the same adapters: how fast both answer, and whether they say the same.
public struct WorkerBenchmark {
  public struct Plan: Sendable {
    public let modelPath: String
    /// Where `scripts/setup.sh` and `scripts/vllm.sh` put what they fetch.
    public let dependencies: String
    /// For adapters; is removed by whoever made it.
    public let folder: String
    public let isQuick: Bool

    public init(modelPath: String, dependencies: String, folder: String, isQuick: Bool) {
      self.modelPath = modelPath
      self.dependencies = dependencies
      self.folder = folder
      self.isQuick = isQuick
    }
  }

  public typealias Figure = DecodingBenchmark.Figure

  private static let rows = 8

  private let isQuick: Bool
  private let sides: BothSides
  private var sheet: FigureSheet

  public static func isInstalled(at dependencies: String) -> Bool {
    VLLMPeer.isInstalled(at: dependencies)
  }

  /// Answers of 8 rows at once without adapters, with one, and with 8, both on one thread.
  public static func speeds(
    _ plan: Plan, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var benchmark = try await WorkerBenchmark(plan, adapters: rows, report)
    try await benchmark.measureSpeeds()
    return benchmark.sheet.figures
  }

  /// 200 prompts over 10 adapters, 24 tokens each.
  public static func texts(
    _ plan: Plan, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var benchmark = try await WorkerBenchmark(plan, adapters: 10, report)
    try await benchmark.compareTexts()
    return benchmark.sheet.figures
  }

  private init(
    _ plan: Plan, adapters count: Int, _ report: @escaping (Figure) -> Void
  ) async throws {
    isQuick = plan.isQuick
    sheet = FigureSheet(report: report)
    sides = try await BothSides(plan, adapters: count, rows: Self.rows)
  }

  // MARK: - Speed

  private mutating func measureSpeeds() async throws {
    for (name, count) in [("base", 0), ("1_adapter", 1), ("8_adapters", 8)] {
      // What is loaded when it is first asked for is there.
      for number in 0..<count { _ = try await sides.theirs(0, of: 2, with: sides.adapters[number]) }
      var (own, their, ratios): ([Double], [Double], [Double]) = ([], [], [])
      for round in 0..<(isQuick ? 2 : 5) {
        own.append(
          try await speed(round, adapters: count) { try await $0.ours($1, of: 48, with: $2) })
        their.append(
          try await speed(round, adapters: count) { try await $0.theirs($1, of: 48, with: $2) })
        ratios.append((own.last ?? .nan) / (their.last ?? .nan))
      }
      sheet.add("vs_vllm_\(name)", ratios, "8 answers at once, to vLLM's")
      sheet.add("vllm_\(name)", their, "vLLM's tokens a second, prompts' reading included")
      sheet.add("beside_vllm_\(name)", own, "ours, the same way")
    }
  }

  /// Tokens a second by the clock, other prompts in every round.
  private func speed(
    _ round: Int, adapters count: Int,
    _ answer: @escaping @Sendable (BothSides, Int, BothSides.Pair?) async throws -> [Int32]
  ) async throws -> Double {
    let sides = sides
    let start = ProcessorClock.wallSeconds()
    let tokens = try await withThrowingTaskGroup(of: Int.self) { group in
      for row in 0..<Self.rows {
        let adapter = count == 0 ? nil : sides.adapters[row % count]
        group.addTask { try await answer(sides, round * Self.rows + row, adapter).count }
      }
      return try await group.reduce(0, +)
    }
    return Double(tokens) / (ProcessorClock.wallSeconds() - start)
  }

  // MARK: - Texts

  private mutating func compareTexts() async throws {
    let prompts = isQuick ? 20 : 200
    let sides = sides
    var all: [BothSides.Compared] = []
    for first in stride(from: 0, to: prompts, by: Self.rows) {
      try await withThrowingTaskGroup(of: BothSides.Compared.self) { group in
        for number in first..<min(first + Self.rows, prompts) {
          group.addTask { try await sides.compare(number) }
        }
        for try await compared in group { all.append(compared) }
      }
    }
    let counted = all.reduce(0) { $0 + $1.counted }
    let equal = all.reduce(0) { $0 + $1.equal }
    sheet.add(
      "greedy_tokens_equal_vllm", Double(equal) / Double(counted),
      "of \(counted) tokens before a tie, those that vLLM in single precision says too")
    sheet.add(
      "greedy_answers_equal_vllm",
      Double(all.count { $0.equal == $0.counted }) / Double(all.count),
      "of \(all.count) answers, those that are the same up to their first tie")
    sheet.add(
      "greedy_answers_with_ties", Double(all.count(where: \.hasTie)), "of these answers")
    sheet.add(
      "greedy_answers_changed", Double(all.count(where: \.isChanged)),
      "of these answers, whose adapter has them say something else than the base")
    let margins = all.compactMap(\.marginWhereTheyPart)
    guard !margins.isEmpty else { return }
    sheet.add("greedy_parting_nats", margins, "between our two likeliest where they part")
  }
}

/// The engine and vLLM with the same adapters.
private struct BothSides: Sendable {
  /// The same adapter here and there.
  struct Pair: Sendable {
    let handle: AdapterHandle
    let there: EngineAdapter
  }

  struct Compared: Sendable {
    /// Tokens up to our first tie, and those of them that are the same up to the first that is not.
    let counted: Int
    let equal: Int
    let hasTie: Bool
    /// Whether the base says something else.
    let isChanged: Bool
    /// Nil if they don't part before a tie.
    let marginWhereTheyPart: Double?
  }

  /// Below it, in nats between the two likeliest tokens, either may come first.
  private static let tie: Float = 1e-3

  let adapters: [Pair]
  private let engine: LanguageEngine
  private let peer: VLLMPeer

  init(_ plan: WorkerBenchmark.Plan, adapters count: Int, rows: Int) async throws {
    TensorRuntime.setBLASThreads(1)
    engine = try LanguageEngine(modelPath: plan.modelPath, limits: ServingLimits(threads: 1))
    var pairs: [Pair] = []
    for number in 0..<count {
      let drawn = try Self.adapter(UInt64(number + 1), for: engine.configuration)
      let files = try drawn.files(baseModel: "base")
      pairs.append(
        Pair(
          handle: try await engine.load(drawn),
          there: EngineAdapter(digest: SHA256.digest(of: files.weights)) { files }))
    }
    adapters = pairs
    peer = try await VLLMPeer(
      dependencies: plan.dependencies, modelPath: plan.modelPath, folder: plan.folder,
      engine: engine, adaptersAtOnce: rows)
  }

  /// A drawn one that changes what is said.
  private static func adapter(
    _ seed: UInt64, for configuration: LlamaConfiguration
  ) throws -> LoRAAdapter {
    let fresh = LoRAAdapter(fresh: configuration, rank: 8, alpha: 16, seed: seed)
    var generator = SeededGenerator(seed: seed)
    return try LoRAAdapter(
      configuration: configuration, rank: 8, alpha: 16, down: fresh.down,
      up: fresh.up.map { up in
        up.map { _ in 0.04 * (Float(generator.next() >> 40) / 16_777_216 - 0.5) }
      })
  }

  private func prompt(_ number: Int) throws -> [Int32] {
    let subjects = ["ledger", "bridge", "tide", "engine", "loaf", "glacier", "clock", "map"]
    let forms = ["What is a", "Tell me about a", "Who made the first", "How do I draw a", "Name a"]
    return try engine.template.tokens(for: [
      ChatMessage(
        role: .user,
        content: "\(forms[number / subjects.count % forms.count]) "
          + "\(subjects[number % subjects.count]), number \(number)?")
    ])
  }

  /// Answers prompt `number` with so many tokens.
  func ours(_ number: Int, of count: Int, with adapter: Pair?) async throws -> [Int32] {
    try await engine.serving.answer(
      GenerationRequest(
        prompt: prompt(number), adapter: adapter?.handle, maximumTokens: count)
    ).tokens
  }

  func theirs(_ number: Int, of count: Int, with adapter: Pair?) async throws -> [Int32] {
    let nothing = EngineAdapter(digest: .zero) { .init(weights: [], settings: []) }
    return try await peer.worker.answer(
      GenerationRequest(
        prompt: prompt(number), adapter: adapter?.handle, maximumTokens: count),
      with: adapter?.there ?? nothing
    ) { _ in }.tokens
  }

  func compare(_ number: Int) async throws -> Compared {
    let pair = adapters[number % adapters.count]
    let list = Margins()
    var request = GenerationRequest(
      prompt: try prompt(number), adapter: pair.handle, maximumTokens: 24)
    request.likelihoods = 2
    let own = try await engine.serving.answer(request) { list.add($0) }.tokens
    let their = try await theirs(number, of: 24, with: pair)
    let plain = try await ours(number, of: 24, with: nil)
    let margins = list.all
    let tie = margins.firstIndex { $0 < Self.tie }
    let counted = tie ?? own.count
    let equal = zip(own.prefix(counted), their).prefix { $0 == $1 }.count
    return Compared(
      counted: counted, equal: equal, hasTie: tie != nil, isChanged: own != plain,
      marginWhereTheyPart: equal < counted ? Double(margins[equal]) : nil)
  }
}

/// How far each token of an answer lay before the next likely one, in nats.
private final class Margins: Sendable {
  private let list = Mutex<[Float]>([])

  var all: [Float] { list.withLock { $0 } }

  func add(_ token: AnsweredToken) {
    // Its own likelihood, then those of the two likeliest.
    let top = token.likelihoods.dropFirst().map(\.logProbability).sorted(by: >)
    let margin = top.count < 2 ? .infinity : top[0] - top[1]
    list.withLock { $0.append(margin) }
  }
}
