/// What every attack that we know earns, and costs.
public struct AttackBenchmark: Sendable {
  /// One attack's figures, means over the fields it was tried on.
  public struct Row: Sendable {
    public let name: String
    public let summary: String
    /// What incomes are parts of: `pool`, the contributors' pools of all answers; or `fees`.
    public let unit: String
    public let income: Double
    public let baseline: Double
    public let cost: Double
    public let profit: Double
    public let victimLoss: Double?
    public let gain: Double?
    /// The lowest and highest profit.
    public let range: (low: Double, high: Double)
  }

  public let rows: [Row]
  public let seconds: Double
  public let trainingCount: Int

  /// The names of all attacks and what each does, in their order.
  public static var attacks: [(name: String, summary: String)] {
    Attack.all.map { ($0.name, $0.summary) }
  }

  /// Tries attacks.
  ///
  /// - Parameters:
  ///   - folder: the kept task, whose documents and base model are used.
  ///   - names: which; each attack whose name is one of these, or begins with one and `_`.
  ///   - isQuick: one small field instead of several larger ones.
  ///   - progress: told each row when it is done.
  public static func run(
    folder: String, names: [String]? = nil, isQuick: Bool, progress: (Row) -> Void
  ) async throws -> AttackBenchmark {
    let start = ProcessorClock.wallSeconds()
    let content = try TaskFolder(path: folder).read()
    let attacks = Attack.all.filter { attack in
      names?.contains { attack.name == $0 || attack.name.hasPrefix($0 + "_") } ?? true
    }
    let seeds: ClosedRange<UInt64> = isQuick ? 1...1 : 1...5
    var workshops: [AttackWorkshop] = []
    for seed in seeds {
      let field = try AttackField(content.task, isQuick ? .quick : .whole, seed: seed)
      workshops.append(AttackWorkshop(field: field, runs: AttackRuns(engine: content.engine)))
    }
    var rows: [Row] = []
    for attack in attacks {
      var outcomes: [AttackOutcome] = []
      for workshop in workshops { outcomes.append(try await attack.attempt(workshop)) }
      let row = Row(attack, outcomes)
      rows.append(row)
      progress(row)
    }
    return AttackBenchmark(
      rows: rows, seconds: ProcessorClock.wallSeconds() - start,
      trainingCount: workshops.reduce(0) { $0 + $1.runs.trainingCount })
  }
}

extension AttackBenchmark.Row {
  init(_ attack: Attack, _ outcomes: [AttackOutcome]) {
    func mean(_ part: (AttackOutcome) -> Double?) -> Double? {
      let values = outcomes.compactMap(part)
      return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    name = attack.name
    summary = attack.summary
    unit = attack.unit.rawValue
    income = mean(\.income) ?? 0
    baseline = mean(\.baseline) ?? 0
    cost = mean(\.cost) ?? 0
    profit = mean(\.profit) ?? 0
    victimLoss = mean(\.victimLoss)
    gain = mean(\.gain)
    let profits = outcomes.map(\.profit).sorted()
    range = (profits.first ?? 0, profits.last ?? 0)
  }
}
