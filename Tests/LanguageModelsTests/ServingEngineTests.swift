import Foundation
import Primitives
import Synchronization
import TestKit
import Testing

@testable import LanguageModels

@Suite struct ServingEngineTests {
  private static func serving(_ change: (inout ServingLimits) -> Void = { _ in }) throws
    -> ServingEngine
  {
    var limits = ServingLimits(rows: 4, stepTokens: 16, cachedTokens: 256, threads: 2)
    change(&limits)
    let model = try DecoderModel(GGUFFile(bytes: TinyModel.bytes))
    // No token ends an answer.
    return try ServingEngine(model, endOfTurn: -1, bytes: { _ in [] }, limits: limits)
  }

  private static func adapter(_ seed: UInt64) throws -> LoRAAdapter {
    let pattern = try Fixture.patternAdapter(TinyModel.configuration)
    var generator = SeededGenerator(seed: seed)
    func changed(_ matrices: [[Float]]) -> [[Float]] {
      matrices.map { $0.map { _ in Float(generator.next(below: 1000)) / 1000 - 0.5 } }
    }
    return try LoRAAdapter(
      configuration: pattern.configuration, rank: pattern.rank, alpha: pattern.alpha,
      down: changed(pattern.down), up: changed(pattern.up))
  }

  private func requests(_ count: Int, _ handles: [AdapterHandle?]) -> [GenerationRequest] {
    var generator = SeededGenerator(seed: 9)
    return (0..<count).map { index in
      let length = 1 + generator.next(below: 30)
      return GenerationRequest(
        // Half of them begin alike.
        prompt: (0..<length).map { Int32(index % 2 == 0 ? $0 : generator.next(below: 256)) },
        adapter: handles[index % handles.count],
        sampling: index % 3 == 0
          ? Sampling() : Sampling(temperature: 1, topP: 0.9, seed: UInt64(index)),
        maximumTokens: 1 + Int(generator.next(below: 16)),
        payer: Digest(words: [generator.next(below: 3), 0, 0, 0]))
    }
  }

  @Test func `what the engine's thread used of a processor grows with its steps`() async throws {
    let engine = try Self.serving()
    #expect(engine.figures.processorTime == .zero)
    _ = try await engine.answer(GenerationRequest(prompt: [1, 2, 3], maximumTokens: 2))
    let once = engine.figures.processorTime
    #expect(once > .zero)
    _ = try await engine.answer(GenerationRequest(prompt: [4, 5, 6], maximumTokens: 8))
    #expect(engine.figures.processorTime > once)
  }

  @Test func `answers have the same tokens together as alone`() async throws {
    let handles: [AdapterHandle?] = [nil, .init(number: 1), .init(number: 2)]
    func ready() async throws -> ServingEngine {
      let engine = try Self.serving()
      try await engine.load(Self.adapter(1), as: .init(number: 1))
      try await engine.load(Self.adapter(2), as: .init(number: 2))
      return engine
    }
    let requests = requests(30, handles)
    let crowd = try await ready()
    let together = try await withThrowingTaskGroup(of: (Int, Generation).self) { group in
      for (index, request) in requests.enumerated() {
        group.addTask { (index, try await crowd.answer(request)) }
      }
      var answers: [Int: Generation] = [:]
      for try await (index, answer) in group { answers[index] = answer }
      return answers
    }
    var kinds: Set<[Int32]> = []
    for (index, request) in requests.enumerated() {
      let alone = try await ready().answer(request)
      #expect(together[index] == alone, "request \(index)")
      #expect(alone.tokens.count == request.maximumTokens && alone.end == .length)
      kinds.insert(alone.tokens)
    }
    #expect(kinds.count > 20)
  }

  @Test func `tokens are told as they are chosen, and the context ends an answer`() async throws {
    let engine = try Self.serving()
    let told = Mutex<[Int32]>([])
    let answer = try await engine.answer(
      GenerationRequest(prompt: [Int32](repeating: 7, count: 40), maximumTokens: 100)
    ) { token in told.withLock { $0.append(token.token) } }
    #expect(answer.tokens.count == 9 && answer.end == .length)
    #expect(told.withLock { $0 } == answer.tokens)
  }

  @Test func `who leaves makes room, and who waits too long is told so`() async throws {
    let engine = try Self.serving { $0.rows = 1 }
    let started = AsyncStream.makeStream(of: Void.self)
    let leaving = Task {
      // Told from the engine's own thread, between two steps.
      try await engine.answer(GenerationRequest(prompt: [1], maximumTokens: 40)) { _ in
        started.continuation.yield()
        usleep(200_000)
      }
    }
    _ = await started.stream.first { _ in true }
    let late = await #expect(throws: ModelFailure.self) {
      try await engine.answer(
        GenerationRequest(prompt: [2], maximumTokens: 2, timeLimit: .milliseconds(30)))
    }
    #expect(late?.code == .deadlineMissed)
    async let next = engine.answer(GenerationRequest(prompt: [3], maximumTokens: 2))
    leaving.cancel()
    await #expect(throws: CancellationError.self) { try await leaving.value }
    #expect(try await next.tokens.count == 2)
  }

  @Test func `a full queue is refused, and nothing is lost by it`() async throws {
    let engine = try Self.serving {
      $0.rows = 1
      $0.waiting = 2
    }
    let outcomes = await withTaskGroup(of: ModelFailure.Code?.self) { group in
      for index in 0..<12 {
        group.addTask {
          do {
            _ = try await engine.answer(
              GenerationRequest(prompt: [Int32(index)], maximumTokens: 20)
            ) { _ in usleep(500) }
            return nil
          } catch { return (error as? ModelFailure)?.code ?? .inputInvalid }
        }
      }
      return await group.reduce(into: [ModelFailure.Code?]()) { $0.append($1) }
    }
    #expect(outcomes.contains(.overloaded) && outcomes.contains(nil))
    #expect(Set(outcomes.compactMap { $0 }) == [.overloaded])
    let again = try await engine.answer(GenerationRequest(prompt: [5], maximumTokens: 3))
    #expect(again.tokens.count == 3)
  }

  @Test func `an adapter that is unloaded finishes what it began`() async throws {
    let engine = try Self.serving()
    let handle = AdapterHandle(number: 1)
    try await engine.load(Self.adapter(1), as: handle)
    let request = GenerationRequest(prompt: [1, 2, 3], adapter: handle, maximumTokens: 30)
    let whole = try await engine.answer(request)
    let started = AsyncStream.makeStream(of: Void.self)
    async let answer = engine.answer(request) { _ in started.continuation.yield() }
    _ = await started.stream.first { _ in true }
    await engine.unload(handle)
    #expect(try await answer == whole)
    let unknown = await #expect(throws: ModelFailure.self) { try await engine.answer(request) }
    #expect(unknown?.code == .adapterUnknown)
  }
}
