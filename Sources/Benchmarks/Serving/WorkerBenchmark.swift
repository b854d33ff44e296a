internal import Cryptography
internal import Foundation
internal import LanguageModels
internal import OpenLoRA
internal import Primitives

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

  /// 200 prompts with each of 10 adapters, 24 tokens each; `--quick`, 20 prompts with one each.
  public static func texts(
    _ plan: Plan, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var benchmark = try await WorkerBenchmark(plan, adapters: DrawnAnswers.adapterCount, report)
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
    let sides = sides
    var all: [ComparedAnswer] = []
    let questions = isQuick ? 20 : DrawnAnswers.promptCount * DrawnAnswers.adapterCount
    for first in stride(from: 0, to: questions, by: Self.rows) {
      try await withThrowingTaskGroup(of: ComparedAnswer.self) { group in
        for number in first..<min(first + Self.rows, questions) {
          group.addTask { try await sides.compare(number) }
        }
        for try await compared in group { all.append(compared) }
      }
    }
    sheet.add(all, to: "vLLM", named: "vllm")
  }
}

/// The engine and vLLM with the same adapters.
private struct BothSides: Sendable {
  /// The same adapter here and there.
  struct Pair: Sendable {
    let handle: AdapterHandle
    let there: EngineAdapter
  }

  let adapters: [Pair]
  private let drawn: DrawnAnswers
  private let peer: VLLMPeer

  init(_ plan: WorkerBenchmark.Plan, adapters count: Int, rows: Int) async throws {
    let drawn = try await DrawnAnswers(modelPath: plan.modelPath, adapters: count)
    self.drawn = drawn
    adapters = drawn.adapters.map { adapter in
      Pair(
        handle: adapter.handle,
        there: EngineAdapter(digest: SHA256.digest(of: adapter.files.weights)) { adapter.files })
    }
    peer = try await VLLMPeer(
      dependencies: plan.dependencies, modelPath: plan.modelPath, folder: plan.folder,
      engine: drawn.engine, adaptersAtOnce: rows)
  }

  /// Answers prompt `number` with so many tokens.
  func ours(_ number: Int, of count: Int, with adapter: Pair?) async throws -> [Int32] {
    try await drawn.answer(number, of: count, with: adapter?.handle)
  }

  func theirs(_ number: Int, of count: Int, with adapter: Pair?) async throws -> [Int32] {
    let nothing = EngineAdapter(digest: .zero) { .init(weights: [], settings: []) }
    return try await peer.worker.answer(
      GenerationRequest(
        prompt: drawn.prompt(number), adapter: adapter?.handle, maximumTokens: count),
      with: adapter?.there ?? nothing
    ) { _ in }.tokens
  }

  func compare(_ number: Int) async throws -> ComparedAnswer {
    let own = try await drawn.answer(number)
    let question = drawn.question(number)
    return own.compared(
      with: try await theirs(
        question.prompt, of: DrawnAnswers.length, with: adapters[question.adapter]))
  }
}
