internal import Foundation
internal import Glibc
internal import LanguageModels

/// How fast the decoder writes and reads: beside llama.cpp, beside the machine's memory, and with
/// adapters beside itself without.
///
/// What is compared takes turns, so that a neighbour disturbs both; a ratio is the median over rounds
/// of what the best steps of a round give. One thread is measured by its processor time.
public struct DecodingBenchmark: Sendable {
  public struct Plan: Sendable {
    public let modelPath: String
    public let threads: Int
    /// What ``DecodingPeer`` needs; nil measures ours alone.
    public let peer: (python: String, script: String)?
    /// Fewer rounds, and 64 adapters instead of 1,000.
    public let isQuick: Bool

    public init(
      modelPath: String, threads: Int, peer: (python: String, script: String)?, isQuick: Bool
    ) {
      self.modelPath = modelPath
      self.threads = threads
      self.peer = peer
      self.isQuick = isQuick
    }
  }

  public struct Figure: Sendable {
    public let name: String
    public let value: Double
    public let what: String
  }

  public private(set) var figures: [Figure] = []

  private static let rowCounts = [1, 8, 32]
  private static let stepsPerRound = 6

  /// - Parameter report: hears of each figure once it is measured.
  public static func run(
    _ plan: Plan, report: (Figure) -> Void = { _ in }
  ) throws -> DecodingBenchmark {
    var benchmark = DecodingBenchmark()
    func add(_ name: String, _ value: Double, _ what: String) {
      let figure = Figure(name: name, value: value, what: what)
      benchmark.figures.append(figure)
      report(figure)
    }
    let model = try DecoderModel(GGUFFile(path: plan.modelPath))
    let load = try DecodingLoad(model, threads: plan.threads)
    try measureBase(load, plan, add)
    try measureAdapters(load, plan, add)
    return benchmark
  }

  private init() {}

  private typealias Adding = (_ name: String, _ value: Double, _ what: String) -> Void

  // MARK: - Without adapters

  private static func measureBase(
    _ load: DecodingLoad, _ plan: Plan, _ add: Adding
  ) throws {
    let peer = try plan.peer.map {
      try DecodingPeer(
        python: $0.python, script: $0.script, modelPath: plan.modelPath, threads: plan.threads)
    }
    for rows in rowCounts {
      try load.begin(rows: rows)
      let steps = rows == 1 ? 3 * stepsPerRound : stepsPerRound
      let rounds = try compare(rounds: plan.isQuick ? 5 : 15) {
        try best(steps) { try load.step($0, rows: rows) }
      } and: {
        try peer?.decode(rows: rows, prompt: DecodingLoad.promptLength, steps: steps).min() ?? .nan
      }
      let fastest = rounds.first.min() ?? .nan
      add("decode_\(rows)", Double(rows) / fastest, "tokens a second, \(rows) rows")
      if peer != nil { add("vs_llamacpp_\(rows)", rounds.ratio, "to llama.cpp's") }
      guard rows == 1 else { continue }
      let bandwidth = readingBandwidth(load.seconds, threads: plan.threads)
      add(
        "memory_share", Double(load.model.byteCount) / fastest / bandwidth,
        "of \(Int(bandwidth / 1e9)) GB/s, what this machine reads from memory")
    }
    try measureStreams(load, peer, plan, add)
    let length = 512
    let rounds = try compare(rounds: plan.isQuick ? 2 : 5) {
      try load.read(length)
    } and: {
      try peer?.read(length) ?? .nan
    }
    add("prefill", Double(length) / (rounds.first.min() ?? .nan), "tokens a second of a prompt")
    if peer != nil { add("vs_llamacpp_prefill", rounds.ratio, "to llama.cpp's") }
  }

  /// Eight streams of eight adapters in one step, to llama.cpp, which has one adapter at a time and so
  /// answers one stream after another: no adapter and no switch is counted for it.
  private static func measureStreams(
    _ load: DecodingLoad, _ peer: DecodingPeer?, _ plan: Plan, _ add: Adding
  ) throws {
    guard let peer else { return }
    let rows = 8
    let adapters = try load.adapters(
      Set(LinearKind.allCases), ranks: Array(repeating: 8, count: rows), seed: 8)
    try load.begin(rows: rows)
    let rounds = try compare(rounds: plan.isQuick ? 5 : 15) {
      try best(stepsPerRound) { try load.step($0, rows: rows, adapters: adapters) } / Double(rows)
    } and: {
      let steps = try peer.decode(
        rows: 1, prompt: DecodingLoad.promptLength, steps: 3 * stepsPerRound)
      return steps.min() ?? .nan
    }
    add(
      "vs_llamacpp_8_adapters", rounds.ratio,
      "8 rows with 8 adapters on all maps, to llama.cpp's one row without")
  }

  // MARK: - With adapters

  private static func measureAdapters(
    _ load: DecodingLoad, _ plan: Plan, _ add: Adding
  ) throws {
    let rows = 32
    let count = plan.isQuick ? 64 : 1_000
    let rounds = plan.isQuick ? 6 : 20
    let forms: [(name: String, kinds: Set<LinearKind>)] = [
      ("qv", [.query, .value]), ("all", Set(LinearKind.allCases)),
    ]
    try load.begin(rows: rows)
    for form in forms {
      let adapters = try load.adapters(
        form.kinds, ranks: Array(repeating: 8, count: count), seed: 7)
      /// Every step of another part of them.
      var turn = 0
      func others() -> [DecoderAdapter] {
        turn += 1
        return (0..<rows).map { adapters[($0 * 31 + turn * 37) % count] }
      }
      let shares = try compare(rounds: rounds) {
        try best(stepsPerRound) { try load.step($0, rows: rows, adapters: others()) }
      } and: {
        try best(stepsPerRound) { try load.step($0, rows: rows) }
      }
      add("share_of_base_\(form.name)", shares.ratio, "32 rows, 32 of \(count) adapters of rank 8")
      let few = Array(adapters[..<rows])
      let flatness = try compare(rounds: rounds) {
        try best(stepsPerRound) { try load.step($0, rows: rows, adapters: others()) }
      } and: {
        try best(stepsPerRound) { try load.step($0, rows: rows, adapters: few) }
      }
      add("flatness_\(count)_\(form.name)", flatness.ratio, "to the same 32 in every step")
      let reading = try compare(rounds: plan.isQuick ? 2 : 5) {
        try load.read(512, adapter: adapters[0])
      } and: {
        try load.read(512)
      }
      add("prefill_share_\(form.name)", reading.ratio, "of a prompt's reading without adapter")
    }
    try measureRanks(load, rounds: rounds, add)
  }

  /// What mixed ranks cost, to the mean of what each costs alone.
  private static func measureRanks(
    _ load: DecodingLoad, rounds: Int, _ add: Adding
  ) throws {
    let rows = 32
    let ranks = [4, 8, 16, 64]
    let adapters = try ranks.map {
      try load.adapters(
        [.query, .value], ranks: Array(repeating: $0, count: rows), seed: UInt64($0))
    }
    let mixed = (0..<rows).map { adapters[$0 % ranks.count][$0] }
    let shares = try compare(rounds: rounds) {
      try best(stepsPerRound) { try load.step($0, rows: rows, adapters: mixed) }
    } and: {
      let each = try adapters.map { adapters in
        try best(stepsPerRound) { try load.step($0, rows: rows, adapters: adapters) }
      }
      return each.reduce(0, +) / Double(each.count)
    }
    add("mixed_ranks", shares.ratio, "ranks 4, 8, 16, 64 in one step, to the mean of each alone")
  }

  // MARK: - Measuring

  private struct Rounds {
    var first: [Double] = []
    var second: [Double] = []

    /// How often the first goes into the second.
    var ratio: Double {
      let ratios = zip(first, second).map { $1 / $0 }.sorted()
      return ratios.isEmpty ? .nan : ratios[ratios.count / 2]
    }
  }

  /// Measures both in turns.
  private static func compare(
    rounds: Int, _ first: () throws -> Double, and second: () throws -> Double
  ) rethrows -> Rounds {
    var result = Rounds()
    for _ in 0..<rounds {
      result.first.append(try first())
      result.second.append(try second())
    }
    return result
  }

  private static func best(_ count: Int, _ body: (Int) throws -> Double) rethrows -> Double {
    try (0..<count).map(body).min() ?? .nan
  }

  /// Bytes a second that as many threads read from memory.
  private static func readingBandwidth(_ clock: () -> Double, threads: Int) -> Double {
    let bytes = 128 << 20
    let pairs = (0..<threads).map { _ in EqualBuffers(byteCount: bytes) }
    let seconds = best(5) { _ in
      let start = clock()
      DispatchQueue.concurrentPerform(iterations: threads) { precondition(pairs[$0].areEqual) }
      return clock() - start
    }
    return Double(2 * threads * bytes) / seconds
  }
}

/// Two buffers that are read to their ends to be found equal.
///
/// `@unchecked Sendable`: nothing writes to them after `init`.
@safe private final class EqualBuffers: @unchecked Sendable {
  private let byteCount: Int
  private let left: UnsafeMutableRawPointer
  private let right: UnsafeMutableRawPointer

  init(byteCount: Int) {
    self.byteCount = byteCount
    unsafe left = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe right = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe left.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
    unsafe right.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
  }

  deinit {
    unsafe left.deallocate()
    unsafe right.deallocate()
  }

  var areEqual: Bool { unsafe memcmp(left, right, byteCount) == 0 }
}
