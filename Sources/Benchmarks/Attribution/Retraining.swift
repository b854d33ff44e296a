internal import Foundation
internal import LanguageModels
internal import Primitives

/// One training of the task, and the held-out losses that it led to.
struct Retraining: Hashable, Codable {
  enum Kind: String, Codable {
    /// On everything: number 0.
    case full
    /// On a random half; numbered.
    case half
    /// On everything but one contributor, at as many steps; numbered by contributor.
    case without
  }

  let kind: Kind
  let number: Int
  let seed: Int
  /// One a query, in nats a byte.
  var losses: [Double] = []

  /// The same training, before or after it ran.
  var name: Retraining { Retraining(kind: kind, number: number, seed: seed) }

  /// The documents trained on, ascending.
  func subset(_ owners: [Int]) -> [Int] {
    switch kind {
    case .full: return Array(owners.indices)
    case .half: return Self.half(number, of: owners.count)
    case .without: return owners.indices.filter { owners[$0] != number }
    }
  }

  /// The numbered random half of `count` documents, ascending; seeds of trainings share it.
  static func half(_ number: Int, of count: Int) -> [Int] {
    var generator = SeededGenerator(seed: 1_000_000 + UInt64(number))
    return generator.shuffled(Array(0..<count)).prefix(count / 2).sorted()
  }

  /// Trains.
  /// - Parameter stopStep: the step to stop after; nil for the last.
  func adapter(
    _ examples: TaskExamples, _ engine: LanguageEngine, stopStep: Int? = nil
  ) async throws -> LoRAAdapter {
    var settings = examples.plan.settings(of: self)
    settings.stopStep = stopStep
    return try await engine.train(
      on: subset(examples.owners).map { examples.training[$0] }, settings: settings)
  }

  /// Trains, and measures every query.
  func run(_ examples: TaskExamples, _ engine: LanguageEngine) async throws -> (
    result: Retraining, adapter: LoRAAdapter
  ) {
    let adapter = try await adapter(examples, engine)
    let handle = try await engine.load(adapter)
    let scores = try await engine.evaluate(examples.queries, adapter: handle)
    await engine.unload(handle)
    var result = self
    // Five digits: the noise of a training is in the second.
    result.losses = scores.map { (Double($0.loss) * 1e5).rounded() / 1e5 }
    return (result, adapter)
  }
}

/// All trainings of a task that have run, kept as lines of JSON: what is cut off goes on there.
struct LossTable {
  let plan: TaskPlan
  private(set) var rows: [Retraining]

  var missing: [Retraining] {
    let done = Set(rows.map(\.name))
    return plan.wanted.filter { !done.contains($0) }
  }

  /// Rows of a kind and seed, by number.
  func rows(_ kind: Retraining.Kind, seed: Int) -> [Retraining] {
    rows.filter { $0.kind == kind && $0.seed == seed }.sorted { $0.number < $1.number }
  }

  /// The seeds of which every training has run.
  var wholeSeeds: [Int] {
    (0..<plan.seedCount).filter { seed in !missing.contains { $0.seed == seed } }
  }

  /// Reads lines that ``line(of:)`` wrote.
  init(kept lines: [UInt8], plan: TaskPlan) throws {
    self.plan = plan
    rows = try lines.split(separator: 10).map {
      try JSONDecoder().decode(Retraining.self, from: Data($0))
    }
    guard
      rows.allSatisfy({ $0.losses.count == plan.queryCount && $0.losses.allSatisfy(\.isFinite) })
    else {
      throw AttributionBenchmarkFailure(.taskIncomplete, "the loss table is of another task")
    }
  }

  mutating func append(_ row: Retraining) { rows.append(row) }

  static func line(of row: Retraining) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return [UInt8](try encoder.encode(row)) + [10]
  }
}
