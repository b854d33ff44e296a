internal import Foundation

/// What every attack that we know earns, and costs.
public struct AttackBenchmark: Sendable {
  /// One attack's figures: means over the fields that it was tried on.
  public struct Row: Sendable {
    public let name: String
    public let summary: String
    /// What incomes are parts of: `pool`, the contributors' pools of all answers; or `fees`.
    public let unit: String
    /// Of all the attacker's accounts.
    public let income: Double
    /// Of the same accounts without the attack.
    public let baseline: Double
    public let cost: Double
    /// Income over baseline and cost.
    public let profit: Double
    /// 95 % of it by Student's distribution; nil with one field.
    public let profitInterval: (low: Double, high: Double)?
    /// The part of their own income that others lose; nil if there are none.
    public let victimLoss: Double?
    /// A copier's income as a part of what the copied contributor has without the attack.
    public let gain: Double?
  }

  public let rows: [Row]
  public let trainingCount: Int
  public let fieldCount: Int
  public let wallSeconds: Double
  /// Of all threads together.
  public let processorSeconds: Double

  /// The names of all attacks and what each does, in their order.
  public static var attacks: [(name: String, summary: String)] {
    Attack.all.map { ($0.name, $0.summary) }
  }

  /// The names of the attacks that one word means: an attack, a family of them, or `all`.
  public static func names(meantBy word: String) -> [String] {
    Attack.all.map(\.name).filter { word == "all" || $0 == word || $0.hasPrefix(word + "_") }
  }

  /// Tries attacks through the rules, training by training.
  ///
  /// - Parameters:
  ///   - folder: the kept task, whose documents and base model are used.
  ///   - names: which attacks, of ``attacks``.
  ///   - isQuick: one small field instead of several larger ones.
  ///   - progress: told each row when it is done.
  /// - Throws: ``AttributionBenchmarkFailure`` with `taskIncomplete`; `ModelFailure`.
  public static func run(
    folder: String, names: [String], isQuick: Bool,
    progress: @escaping @Sendable (Row) -> Void
  ) async throws -> AttackBenchmark {
    let start = (ProcessorClock.wallSeconds(), ProcessorClock.processorSeconds())
    let attacks = Attack.all.filter { names.contains($0.name) }
    let seeds: ClosedRange<UInt64> = isQuick ? 1...1 : 1...10
    let workerCount = min(ProcessInfo.processInfo.activeProcessorCount, 4, attacks.count)
    var done: [AttackShare] = []
    try await withThrowingTaskGroup(of: AttackShare.self) { group in
      for worker in 0..<workerCount {
        group.addTask {
          // Dealt out like cards: attacks of a family take about as long.
          let own = attacks.indices.filter { $0 % workerCount == worker }
          return try await AttackShare.run(
            own.map { ($0, attacks[$0]) }, folder: folder,
            sizes: isQuick ? .quick : .whole, seeds: seeds, progress: progress)
        }
      }
      for try await share in group { done.append(share) }
    }
    return AttackBenchmark(
      rows: done.flatMap(\.rows).sorted { $0.place < $1.place }.map(\.row),
      trainingCount: done.reduce(0) { $0 + $1.trainingCount }, fieldCount: seeds.count,
      wallSeconds: ProcessorClock.wallSeconds() - start.0,
      processorSeconds: ProcessorClock.processorSeconds() - start.1)
  }

  /// Every figure by its name.
  public var flat: [(name: String, value: Double)] {
    let noisy = rows.filter { $0.name == "noisy_copy_10" || $0.name == "noisy_words_10" }
    let summary: [(String, Double?)] = [
      ("max_profit", rows.map(\.profit).max()),
      ("noisy_copy_gain", noisy.compactMap(\.gain).max()),
      ("victim_loss", rows.compactMap(\.victimLoss).max()),
      ("attacks", Double(rows.count)), ("fields", Double(fieldCount)),
      ("trainings", Double(trainingCount)), ("wall_seconds", wallSeconds),
      ("processor_seconds", processorSeconds),
    ]
    return (summary + rows.flatMap(\.figures)).compactMap { name, value in
      value.map { (name, $0) }
    }
  }
}

extension AttackBenchmark.Row {
  init(_ attack: Attack, _ outcomes: [AttackOutcome]) {
    name = attack.name
    summary = attack.summary
    unit = attack.unit.rawValue
    income = Self.mean(outcomes.map(\.income)) ?? 0
    baseline = Self.mean(outcomes.map(\.baseline)) ?? 0
    cost = Self.mean(outcomes.map(\.cost)) ?? 0
    profit = Self.mean(outcomes.map(\.profit)) ?? 0
    profitInterval = Self.interval(outcomes.map(\.profit))
    victimLoss = Self.mean(outcomes.compactMap(\.victimLoss))
    gain = Self.mean(outcomes.compactMap(\.gain))
  }

  var figures: [(String, Double?)] {
    [
      ("income", income), ("baseline", baseline), ("cost", cost), ("profit", profit),
      ("profit_low", profitInterval?.low), ("profit_high", profitInterval?.high),
      ("victim_loss", victimLoss), ("gain", gain),
    ].map { ("\(name)_\($0)", $1) }
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Student's 97.5 % quantiles, for one degree of freedom and up.
  private static let quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]

  static func interval(_ values: [Double]) -> (low: Double, high: Double)? {
    guard values.count > 1, values.count <= quantiles.count + 1, let mean = mean(values) else {
      return nil
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    let reach = quantiles[values.count - 2] * error
    return (mean - reach, mean + reach)
  }
}

/// Some of the attacks, tried one after another with an engine of their own.
private struct AttackShare: Sendable {
  var rows: [(place: Int, row: AttackBenchmark.Row)] = []
  var trainingCount = 0

  static func run(
    _ attacks: [(place: Int, attack: Attack)], folder: String, sizes: AttackField.Sizes,
    seeds: ClosedRange<UInt64>, progress: @Sendable (AttackBenchmark.Row) -> Void
  ) async throws -> AttackShare {
    let content = try TaskFolder(plan: .bytes, path: folder, dependencies: "").read()
    let workshops = try seeds.map { seed in
      AttackWorkshop(
        field: try AttackField(content.task, sizes, seed: seed),
        runs: AttackRuns(engine: content.engine))
    }
    var share = AttackShare()
    for (place, attack) in attacks {
      var outcomes: [AttackOutcome] = []
      for workshop in workshops { outcomes.append(try await attack.attempt(workshop)) }
      let row = AttackBenchmark.Row(attack, outcomes)
      share.rows.append((place, row))
      progress(row)
    }
    share.trainingCount = workshops.reduce(0) { $0 + $1.runs.trainingCount }
    return share
  }
}
