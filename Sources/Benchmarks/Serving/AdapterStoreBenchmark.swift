internal import Foundation
internal import LanguageModels
internal import Primitives

/// What it costs to have more adapters than memory: loading, switching, running out of room, and what
/// all that does to answers which have nothing to do with it.
///
/// Every figure is a median over repeats, with the lowest and the highest beside it. One thread
/// computes, and the store reads on one of its own.
public struct AdapterStoreBenchmark {
  public struct Plan: Sendable {
    public let modelPath: String
    /// Takes a gigabyte while it runs.
    public let folder: String
    public let isQuick: Bool

    public init(modelPath: String, folder: String, isQuick: Bool) {
      self.modelPath = modelPath
      self.folder = folder
      self.isQuick = isQuick
    }
  }

  public typealias Figure = DecodingBenchmark.Figure

  let plan: Plan
  let model: DecoderModel
  let load: DecodingLoad
  private var sheet: FigureSheet

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    _ plan: Plan, report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    let model = try DecoderModel(GGUFFile(path: plan.modelPath))
    var benchmark = AdapterStoreBenchmark(
      plan: plan, model: model, load: try DecodingLoad(model, threads: 1), report: report)
    try await benchmark.measureLoading()
    try await benchmark.measureResidence()
    try await benchmark.measureSwitching()
    try await benchmark.measureGaps()
    try await benchmark.measureThrashing()
    try await benchmark.measureCycles()
    return benchmark.sheet.figures
  }

  private init(
    plan: Plan, model: DecoderModel, load: DecodingLoad, report: @escaping (Figure) -> Void
  ) {
    (self.plan, self.model, self.load) = (plan, model, load)
    sheet = FigureSheet(report: report)
  }

  private mutating func add(_ name: String, _ values: [Double], _ what: String) {
    sheet.add(name, values, what)
  }

  private static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = ProcessorClock.wallSeconds()
    try await body()
    return ProcessorClock.wallSeconds() - start
  }

  private func withAdapters<Result>(
    _ form: AdapterForm, count: Int, room: Int, _ body: (StoredAdapters) async throws -> Result
  ) async throws -> Result {
    let path = "\(plan.folder)/store-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(
      StoredAdapters(form, count: count, room: room, model: model, folder: path))
  }

  // MARK: - Figures

  /// From the packed file, in the system's memory, to weights that are checked and can be multiplied.
  private mutating func measureLoading() async throws {
    for (form, name) in [(AdapterForm.queryValue, "small"), (.all, "large")] {
      let (packing, loading) = try await withAdapters(form, count: 4, room: 1) { adapters in
        var loading: [Double] = []
        for turn in 0..<(plan.isQuick ? 40 : 200) {
          loading.append(1e3 * (try await Self.seconds { _ = try await adapters.lease(turn % 4) }))
        }
        return (adapters.packing.map { 1e3 * $0 }, loading)
      }
      add("cold_load_ms_\(name)", loading, "\(form.what), packed, checked, until it can be used")
      add("packing_ms_\(name)", packing, "once for each adapter, from PEFT's files")
    }
  }

  private mutating func measureResidence() async throws {
    let count = plan.isQuick ? 64 : 1_000
    let rounds = plan.isQuick ? 3 : 5
    try load.begin(rows: 8)
    let (ratios, shares) = try await withAdapters(.queryValue, count: count, room: count) {
      adapters in
      func steps() throws -> Double {
        try (0..<24).map { try load.step($0, rows: 8) }.min() ?? .nan
      }
      var (ratios, shares): ([Double], [Double]) = ([], [])
      for _ in 0..<rounds {
        let bare = try steps()
        let before = Self.residentBytes()
        for number in 0..<count { _ = try await adapters.lease(number) }
        let held = Double(Self.residentBytes() - before)
        ratios.append(held / Double(count * AdapterForm.queryValue.parameterBytes(model)))
        shares.append(bare / (try steps()))
        try await adapters.clear()
      }
      return (ratios, shares)
    }
    add(
      "resident_ratio", ratios,
      "memory of \(count) adapters, to two bytes for each number of theirs")
    add(
      "base_with_\(count)_resident", shares, "8 rows without adapters, to the same with none mapped"
    )
  }

  /// Of this process, in bytes.
  private static func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// A step of another adapter than the last one's, to a step of the same.
  private mutating func measureSwitching() async throws {
    let differences = try await withAdapters(.all, count: 2, room: 2) { adapters in
      let both = [try await adapters.lease(0).adapter, try await adapters.lease(1).adapter]
      try load.begin(rows: 1)
      return try (0..<(plan.isQuick ? 5 : 15)).map { _ in
        var (same, other): ([Double], [Double]) = ([], [])
        for step in 0..<24 {
          // One in two switches.
          let seconds = try load.step(step, rows: 1, adapters: [both[step / 2 % 2]])
          if step % 2 == 0 { other.append(seconds) } else { same.append(seconds) }
        }
        return 1e6 * ((other.min() ?? .nan) - (same.min() ?? .nan))
      }
    }
    add("switch_us", differences, "what a step takes longer after one of another adapter")
  }

  /// The 99th of a hundred steps while adapters are loaded, to the same without.
  private mutating func measureGaps() async throws {
    let count = 100
    let ratios = try await withAdapters(.queryValue, count: count, room: count) { adapters in
      try load.begin(rows: 8)
      func late() throws -> Double {
        let gaps = try (0..<100).map { step in
          let start = ProcessorClock.wallSeconds()
          _ = try load.step(step % 40, rows: 8)
          return ProcessorClock.wallSeconds() - start
        }
        return gaps.sorted()[98]
      }
      var ratios: [Double] = []
      for _ in 0..<(plan.isQuick ? 3 : 7) {
        let quiet = try late()
        for number in 0..<count { adapters.prefetch(number) }
        ratios.append(try late() / quiet)
        try await adapters.clear()
      }
      return ratios
    }
    add("gap_p99_while_loading", ratios, "8 rows, 100 adapters loaded meanwhile")
  }

  /// Tokens a second with room for half of the adapters, to room for all of them.
  private mutating func measureThrashing() async throws {
    let (count, requests) = plan.isQuick ? (16, 24) : (64, 96)
    var shares: [Double] = []
    for round in 0..<(plan.isQuick ? 2 : 3) {
      let all = try await answering(requests, of: count, room: count, seed: UInt64(round))
      let half = try await answering(requests, of: count, room: count / 2, seed: UInt64(round))
      shares.append(all / half)
    }
    add("thrash_share", shares, "Zipf 1.0 over \(count) adapters, room for half, to room for all")
  }

  private func answering(
    _ requests: Int, of count: Int, room: Int, seed: UInt64
  ) async throws -> Double {
    try await withAdapters(.all, count: count, room: room) { adapters in
      let engine = try ServingEngine(
        model, endOfTurn: -1, bytes: { _ in [] }, limits: ServingLimits(threads: 1))
      let handles = try await adapters.handles(in: engine)
      let asked = Zipf(count: count).draws(requests, seed: seed)
      return try await Self.seconds {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for client in 0..<8 {
            group.addTask {
              for place in stride(from: client, to: asked.count, by: 8) {
                _ = try await engine.answer(
                  GenerationRequest(
                    prompt: (0..<16).map { Int32(100 + $0 * 7 + place) },
                    adapter: handles[asked[place]], maximumTokens: 16))
              }
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }

  /// Whether the base is the same after so many adapters came, were used and went.
  private mutating func measureCycles() async throws {
    let cycles = plan.isQuick ? 200 : 10_000
    let before = model.checksum
    try load.begin(rows: 1)
    try await withAdapters(.queryValue, count: 8, room: 4) { adapters in
      for cycle in 0..<cycles {
        do {
          let lease = try await adapters.lease(cycle % 8)
          _ = try load.step(cycle % 40, rows: 1, adapters: [lease.adapter])
        }
        try await adapters.cycle(cycle % 8)
      }
    }
    add(
      "cycles_base_identical", [model.checksum == before ? 1 : 0],
      "1 if all weights are the same after \(cycles) cycles of load, use, unload")
  }
}
