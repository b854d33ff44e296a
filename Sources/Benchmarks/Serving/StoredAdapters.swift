internal import LanguageModels
internal import Primitives

/// Which maps an adapter of rank 8 adapts.
struct AdapterForm: Sendable {
  static let queryValue = AdapterForm(kinds: [.query, .value], what: "q,v of rank 8, 0.9 MB")
  static let all = AdapterForm(
    kinds: Set(LinearKind.allCases), what: "all linears of rank 8, 4.9 MB")
  static let rank = 8

  let kinds: Set<LinearKind>
  let what: String

  /// Two for each number.
  func parameterBytes(_ model: DecoderModel) -> Int {
    AdapterLayout(model.configuration, ranks: ranks(model.configuration)).count * 2
  }

  private func ranks(_ configuration: LlamaConfiguration) -> [Int] {
    (0..<configuration.layerCount).flatMap { _ in
      LinearKind.allCases.map { kinds.contains($0) ? Self.rank : 0 }
    }
  }

  /// A drawn one: as costly as a trained one.
  func adapter(_ configuration: LlamaConfiguration, seed: UInt64) throws -> LoRAAdapter {
    let fresh = LoRAAdapter(fresh: configuration, rank: Self.rank, alpha: 16, seed: seed)
    var generator = SeededGenerator(seed: seed + 1)
    let kinds = LinearKind.allCases
    return try LoRAAdapter(
      configuration: configuration, rank: Self.rank, alpha: 16, down: fresh.down,
      up: fresh.up.enumerated().map { index, up in
        guard self.kinds.contains(kinds[index % kinds.count]) else { return up }
        return up.map { _ in Float(generator.next() >> 48) / 4_194_304 - 1 / 128 }
      })
  }
}

/// Drawn adapters in a store of their own.
struct StoredAdapters: Sendable {
  private let store: AdapterStore
  private let count: Int
  private let configuration: LlamaConfiguration
  /// Seconds that registering took, from PEFT's files.
  let packing: [Double]

  /// - Parameter room: for how many there is memory.
  init(
    _ form: AdapterForm, count: Int, room: Int, model: DecoderModel, folder: String
  ) async throws {
    let size = form.parameterBytes(model) + 8192
    store = try AdapterStore(folder: folder, model: model, budget: room * size)
    self.count = count
    configuration = model.configuration
    var packing: [Double] = []
    for number in 0..<count {
      let drawn: AdapterStore.Original = { [configuration] in
        try form.adapter(configuration, seed: UInt64(number))
      }
      // Of most, the files themselves are of no interest.
      guard number < 4 else {
        try await store.register(Self.name(number), original: drawn)
        continue
      }
      let files = try drawn().files(baseModel: "drawn")
      let start = ProcessorClock.wallSeconds()
      try await store.register(Self.name(number)) { [configuration] in
        try LoRAAdapter(files, for: configuration)
      }
      packing.append(ProcessorClock.wallSeconds() - start)
    }
    self.packing = packing
  }

  private static func name(_ number: Int) -> Digest { Digest(words: [UInt64(number), 0, 0, 1]) }

  private struct Gone: Error {}

  func lease(_ number: Int) async throws -> AdapterLease {
    try await store.lease(Self.name(number))
  }

  func prefetch(_ number: Int) { store.prefetch(Self.name(number)) }

  /// Takes an adapter out and in again: its packed file is there.
  func cycle(_ number: Int) async throws {
    store.remove(Self.name(number))
    try await store.register(Self.name(number)) { throw Gone() }
  }

  /// Waits for what is being loaded, and unmaps everything.
  func clear() async throws {
    for number in 0..<count {
      _ = try await lease(number)
      try await cycle(number)
    }
  }

  func handles(in engine: ServingEngine) async throws -> [AdapterHandle] {
    var handles: [AdapterHandle] = []
    for number in 0..<count {
      let handle = AdapterHandle.stored(Self.name(number))
      await engine.load(handle.digest, from: store, as: handle)
      handles.append(handle)
    }
    return handles
  }
}

/// The k-th of some things is drawn 1/k as often as the first.
struct Zipf {
  private let weights: [UInt64]

  init(count: Int) { weights = (1...count).map { 1_000_000_000 / UInt64($0) } }

  func draws(_ count: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    let total = weights.reduce(0, +)
    return (0..<count).map { _ in
      var left = generator.next(below: total)
      for (place, weight) in weights.enumerated() {
        guard left >= weight else { return place }
        left -= weight
      }
      return 0
    }
  }
}
