import Foundation
import Primitives
import Synchronization
import TestKit
import Testing

@testable import LanguageModels

/// A store of drawn adapters of the tiny model, in a folder of its own.
final class DrawnAdapters: Sendable {
  let folder: String
  let store: AdapterStore
  /// Bytes of one packed adapter.
  static let size = 4096 + 2 * 2 * 2 * (24 * 6 + 40) + 2 * 2 * 2 * (24 * 3 + 16 * 2 + 40 * 2)
  /// How often an original was read.
  let readings = Mutex(0)

  init(budget: Int = 1 << 20, model: DecoderModel? = nil, folder: String? = nil) throws {
    self.folder =
      folder
      ?? FileManager.default.temporaryDirectory
      .appending(path: "adapters-\(UInt64.random(in: 0 ... .max))").path()
    store = try AdapterStore(
      folder: self.folder, model: model ?? DecoderModel(GGUFFile(bytes: TinyModel.bytes)),
      budget: budget)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static func name(_ number: Int) -> Digest { Digest(words: [UInt64(number), 1, 2, 3]) }

  static func adapter(_ number: Int, rank: Int = 2) throws -> LoRAAdapter {
    var generator = SeededGenerator(seed: UInt64(number))
    func drawn(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(generator.next(below: 1000)) / 1000 - 0.5 }
    }
    let configuration = TinyModel.configuration
    let positions = LinearPosition.all(configuration)
    return try LoRAAdapter(
      configuration: configuration, rank: rank, alpha: 6,
      down: positions.map { drawn(rank * $0.kind.inputWidth(configuration)) },
      up: positions.map { drawn(rank * $0.kind.outputWidth(configuration)) })
  }

  func register(_ number: Int, rank: Int = 2) async throws {
    try await store.register(Self.name(number)) { [self] in
      readings.withLock { $0 += 1 }
      return try Self.adapter(number, rank: rank)
    }
  }

  func path(_ number: Int) -> String { "\(folder)/\(Self.name(number))" }

  var mapped: [Int] {
    store.residency().filter(\.isMapped).map { Int($0.name.words[0]) }.sorted()
  }
}

@Suite struct AdapterStoreTests {
  private func code(_ body: () async throws -> Void) async -> ModelFailure.Code? {
    do {
      try await body()
      return nil
    } catch { return (error as? ModelFailure)?.code }
  }

  @Test
  func
    `an adapter answers with the same tokens from memory, from the store, and again after it left`()
    async throws
  {
    let model = try DecoderModel(GGUFFile(bytes: TinyModel.bytes))
    let drawn = try DrawnAdapters(budget: 2 * DrawnAdapters.size, model: model)
    let limits = ServingLimits(rows: 4, stepTokens: 16, cachedTokens: 256, threads: 1)
    let engine = try ServingEngine(model, endOfTurn: -1, bytes: { _ in [] }, limits: limits)
    func answer(_ handle: AdapterHandle) async throws -> [Int32] {
      try await engine.answer(
        GenerationRequest(prompt: [1, 2, 3], adapter: handle, maximumTokens: 30)
      ).tokens
    }
    var expected: [[Int32]] = []
    for number in 0..<5 {
      let held = AdapterHandle(number: 100 + number)
      try await engine.load(DrawnAdapters.adapter(number), as: held)
      expected.append(try await answer(held))
      try await drawn.register(number)
      await engine.load(
        DrawnAdapters.name(number), from: drawn.store,
        as: AdapterHandle(number: number, digest: DrawnAdapters.name(number)))
    }
    #expect(Set(expected).count == 5)
    for round in 0..<3 {
      for number in 0..<5 {
        let handle = AdapterHandle(number: number, digest: DrawnAdapters.name(number))
        #expect(try await answer(handle) == expected[number], "round \(round)")
      }
    }
    // Each asked for after four others, of which two fit.
    #expect(drawn.store.totals.loads == 15 && drawn.store.totals.evictions == 13)
    #expect(drawn.readings.withLock { $0 } == 5)
  }

  @Test func `what leaves is what an obvious list says`() async throws {
    for seed in 0..<20 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let room = 1 + Int(generator.next(below: 5))
      let drawn = try DrawnAdapters(budget: room * DrawnAdapters.size + 100)
      /// The last is the latest.
      var order: [Int] = []
      var mapped: Set<Int> = []
      var pinned: Set<Int> = []
      var leases: [(number: Int, lease: AdapterLease)] = []
      for number in 0..<8 { try await drawn.register(number) }
      for step in 0..<120 {
        let number = Int(generator.next(below: 8))
        switch generator.next(below: 6) {
        case 0 where !leases.isEmpty:
          leases.remove(at: Int(generator.next(below: UInt64(leases.count))))
        case 1:
          if pinned.remove(number) != nil {
            drawn.store.unpin(DrawnAdapters.name(number))
          } else if mapped.contains(number) {
            pinned.insert(number)
            order.removeAll { $0 == number }
            order.append(number)
            try await drawn.store.pin(DrawnAdapters.name(number))
          }
        default:
          order.removeAll { $0 == number }
          order.append(number)
          if !mapped.contains(number), mapped.count == room {
            let idle = order.first { other in
              mapped.contains(other) && !pinned.contains(other)
                && !leases.contains { $0.number == other }
            }
            if let idle { mapped.remove(idle) }
          }
          if mapped.count < room { mapped.insert(number) }
          do {
            leases.append((number, try await drawn.store.lease(DrawnAdapters.name(number))))
            #expect(mapped.contains(number))
          } catch let failure as ModelFailure {
            #expect(failure.code == .overloaded && !mapped.contains(number))
          }
          if generator.next(below: 2) == 0, !leases.isEmpty { leases.removeLast() }
        }
        #expect(drawn.mapped == mapped.sorted(), "seed \(seed), step \(step)")
        #expect(drawn.store.mappedBytes == mapped.count * DrawnAdapters.size)
        if drawn.mapped != mapped.sorted() { return }
      }
    }
  }

  @Test func `what is leased outlives its removal, and comes back if it is wanted again`()
    async throws
  {
    let drawn = try DrawnAdapters()
    try await drawn.register(1)
    var lease: AdapterLease? = try await drawn.store.lease(DrawnAdapters.name(1))
    drawn.store.remove(DrawnAdapters.name(1))
    let refused = await code { _ = try await drawn.store.lease(DrawnAdapters.name(1)) }
    #expect(refused == .adapterUnknown)
    #expect(drawn.mapped == [1])
    try await drawn.register(1)
    #expect(drawn.store.leaseIfMapped(DrawnAdapters.name(1)) != nil)
    drawn.store.remove(DrawnAdapters.name(1))
    #expect(lease?.adapter.byteCount == DrawnAdapters.size - 4096)
    lease = nil
    #expect(drawn.store.residency().isEmpty && drawn.store.mappedBytes == 0)
    // Twice registered, it stays until it is removed twice.
    try await drawn.register(2)
    try await drawn.register(2)
    drawn.store.remove(DrawnAdapters.name(2))
    _ = try await drawn.store.lease(DrawnAdapters.name(2))
  }

  @Test func `a second process packs nothing again, and a damaged file is made again`() async throws
  {
    let first = try DrawnAdapters()
    try await first.register(1)
    let whole = try Data(contentsOf: URL(filePath: first.path(1)))
    #expect(whole.count == DrawnAdapters.size)
    var generator = SeededGenerator(seed: 3)
    var damages: [Data] = [
      Data(), whole.dropLast(), whole + [0], whole.prefix(4096), Data("x".utf8),
    ]
    for place in [0, 8, 20, 70, 130, 180, 250, 4096, whole.count - 1]
      + (0..<20).map({ _ in Int(generator.next(below: UInt64(whole.count))) })
    where !(216..<4096).contains(place) {
      var changed = whole
      changed[place] ^= 1 << UInt8(generator.next(below: 8))
      damages.append(changed)
    }
    for damage in [whole] + damages {
      try damage.write(to: URL(filePath: first.path(1)))
      let next = try DrawnAdapters(folder: first.folder)
      try await next.register(1)
      _ = try await next.store.lease(DrawnAdapters.name(1))
      #expect(next.readings.withLock { $0 } == (damage == whole ? 0 : 1))
      #expect(try Data(contentsOf: URL(filePath: first.path(1))) == whole)
      // Kept from its removal with the second store.
      try FileManager.default.createDirectory(
        atPath: first.folder, withIntermediateDirectories: true)
    }
  }

  @Test func `what a killed process left is removed, and nothing of it is read`() async throws {
    let drawn = try DrawnAdapters()
    try await drawn.register(1)
    let whole = try Data(contentsOf: URL(filePath: drawn.path(1)))
    for length in [0, 1, 4095, 4096, whole.count - 1] {
      let draft = "\(drawn.path(2)).draft-\(length)"
      try whole.prefix(length).write(to: URL(filePath: draft))
    }
    let next = try AdapterStore(folder: drawn.folder, model: drawn.store.model)
    #expect(try FileManager.default.contentsOfDirectory(atPath: drawn.folder).count == 1)
    try await next.register(DrawnAdapters.name(2)) { try DrawnAdapters.adapter(2) }
    _ = try await next.lease(DrawnAdapters.name(2))
  }

  @Test(arguments: UInt64(1)...4)
  func `a process that is killed while it packs leaves nothing broken`(seed: UInt64) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "killed-\(UInt64.random(in: 0 ... .max))").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [folder = folder as String, seed = seed as UInt64] in
      let drawn = try DrawnAdapters(folder: folder)
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: 0.02 * Double(seed))
        kill(getpid(), SIGKILL)
      }
      var number = 0
      while true {
        try await drawn.register(number, rank: 32)
        number += 1
      }
    }
    let drawn = try DrawnAdapters(folder: folder)
    for number in 0..<4 {
      try await drawn.register(number, rank: 32)
      let lease = try await drawn.store.lease(DrawnAdapters.name(number))
      #expect(lease.adapter.byteCount > 0)
    }
    #expect(drawn.store.totals.repairs == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.allSatisfy { $0.count == 64 })
  }

  @Test func `an original that is gone or too large is told, and the store goes on`() async throws {
    let drawn = try DrawnAdapters(budget: DrawnAdapters.size)
    let gone = ModelFailure(.adapterMissing, "gone")
    #expect(
      await code { try await drawn.store.register(DrawnAdapters.name(1)) { throw gone } }
        == .adapterMissing)
    #expect(await code { try await drawn.register(2, rank: 8) } == .overloaded)
    try await drawn.register(3)
    try FileManager.default.removeItem(atPath: drawn.path(3))
    _ = try await drawn.store.lease(DrawnAdapters.name(3))
    #expect(drawn.store.totals.repairs == 1)
    let other = try DrawnAdapters(budget: DrawnAdapters.size)
    let isGone = Mutex(false)
    try await other.store.register(DrawnAdapters.name(4)) {
      if isGone.withLock({ $0 }) { throw gone }
      return try DrawnAdapters.adapter(4)
    }
    isGone.withLock { $0 = true }
    try Data("none".utf8).write(to: URL(filePath: other.path(4)))
    #expect(
      await code { _ = try await other.store.lease(DrawnAdapters.name(4)) } == .adapterMissing)
    #expect(other.store.mappedBytes == 0)
    isGone.withLock { $0 = false }
    _ = try await other.store.lease(DrawnAdapters.name(4))
  }

  @Test func `what is mapped takes the memory of its file and little more`() async throws {
    let drawn = try DrawnAdapters()
    try await drawn.register(1, rank: 64)
    try await drawn.register(2, rank: 64)
    _ = try await drawn.store.lease(DrawnAdapters.name(1))
    let entries = drawn.store.residency(asksSystem: true)
    let (mapped, registered) = (try #require(entries.first), try #require(entries.last))
    #expect(mapped.isMapped && mapped.lastLoad != nil && mapped.leases == 0)
    let resident = try #require(mapped.residentBytes)
    #expect(resident >= mapped.size && resident * 10 <= mapped.size * 11)
    #expect(!registered.isMapped && registered.residentBytes == 0 && registered.lastLoad == nil)
  }

  @Test func `a map of zeros takes no room, nor does a rank of zeros`() throws {
    let whole = try DrawnAdapters.adapter(1, rank: 3)
    var (down, up) = (whole.down, whole.up)
    up[0] = up[0].map { _ in 0 }
    down[1] = down[1].map { _ in 0 }
    // The last column of B.
    up[2] = up[2].enumerated().map { $0 % 3 == 2 ? 0 : $1 }
    let changed = try LoRAAdapter(
      configuration: whole.configuration, rank: 3, alpha: 6, down: down, up: up)
    let packed = try PackedAdapter(changed)
    #expect(packed.layout.parts.map(\.rank) == [0, 0, 2] + [Int](repeating: 3, count: 11))
    #expect(try PackedAdapter(whole).halves.count > packed.halves.count)
    up[3][0] = 70_000
    let large = try LoRAAdapter(
      configuration: whole.configuration, rank: 3, alpha: 6, down: down, up: up)
    #expect(throws: ModelFailure.self) { try PackedAdapter(large) }
  }

  @Test func `loading, using and unloading adapters leaves the base as it was, bit for bit`()
    async throws
  {
    let model = try DecoderModel(GGUFFile(bytes: TinyModel.bytes))
    let before = model.checksum
    let drawn = try DrawnAdapters(budget: 3 * DrawnAdapters.size, model: model)
    let engine = try ServingEngine(
      model, endOfTurn: -1, bytes: { _ in [] },
      limits: ServingLimits(rows: 4, stepTokens: 16, cachedTokens: 256, threads: 1))
    let request = GenerationRequest(prompt: [5, 6], maximumTokens: 4)
    let bare = try await engine.answer(request)
    for cycle in 0..<60 {
      let number = cycle % 7
      try await drawn.register(number)
      let handle = AdapterHandle(number: cycle, digest: DrawnAdapters.name(number))
      await engine.load(handle.digest, from: drawn.store, as: handle)
      var adapted = request
      adapted.adapter = handle
      #expect(try await engine.answer(adapted) != bare)
      await engine.unload(handle)
      drawn.store.remove(handle.digest)
    }
    #expect(model.checksum == before)
    #expect(try await engine.answer(request) == bare)
    #expect(drawn.store.residency().isEmpty)
  }

  @Test func `twice as many adapters as there is room for answer as if all were there`()
    async throws
  {
    let model = try DecoderModel(GGUFFile(bytes: TinyModel.bytes))
    let drawn = try DrawnAdapters(budget: 8 * DrawnAdapters.size, model: model)
    let engine = try ServingEngine(
      model, endOfTurn: -1, bytes: { _ in [] },
      limits: ServingLimits(rows: 4, stepTokens: 16, cachedTokens: 512, threads: 2))
    @Sendable func request(_ number: Int) -> GenerationRequest {
      GenerationRequest(
        prompt: [Int32(number), 9],
        adapter: AdapterHandle(number: number, digest: DrawnAdapters.name(number)),
        maximumTokens: 6)
    }
    for number in 0..<16 {
      try await drawn.register(number)
      await engine.load(
        DrawnAdapters.name(number), from: drawn.store,
        as: AdapterHandle(number: number, digest: DrawnAdapters.name(number)))
    }
    var alone: [[Int32]] = []
    for number in 0..<16 { alone.append(try await engine.answer(request(number)).tokens) }
    // Zipf: the k-th is asked for 1/k as often as the first; six at a time.
    var generator = SeededGenerator(seed: 8)
    let weights = (0..<16).map { 720_720 / ($0 + 1) }
    let asked = (0..<150).map { _ -> Int in
      var left = Int(generator.next(below: UInt64(weights.reduce(0, +))))
      return weights.firstIndex {
        left -= $0
        return left < 0
      } ?? 0
    }
    let expected = alone
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<6 {
        group.addTask {
          for place in stride(from: worker, to: asked.count, by: 6) {
            let answer = try await engine.answer(request(asked[place]))
            #expect(answer.tokens == expected[asked[place]])
            #expect(drawn.store.mappedBytes <= drawn.store.budget)
          }
        }
      }
      try await group.waitForAll()
    }
    let totals = drawn.store.totals
    #expect(totals.evictions > 16 && totals.hits > 30 && totals.refusals == 0)
  }

  @Test func `what is fetched before it is asked for is there, and nobody waits for it`()
    async throws
  {
    let drawn = try DrawnAdapters()
    try await drawn.register(1)
    drawn.store.prefetch(DrawnAdapters.name(1))
    drawn.store.prefetch(DrawnAdapters.name(2))
    while drawn.mapped != [1] { try await Task.sleep(for: .milliseconds(1)) }
    #expect(drawn.store.leaseIfMapped(DrawnAdapters.name(1)) != nil)
    #expect(drawn.store.totals.misses == 0)
  }
}
