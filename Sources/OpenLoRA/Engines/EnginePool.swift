internal import ClientAPI
internal import LanguageModels
internal import Synchronization

/// Hands answers to workers, by what they have to do and which adapters they hold; what none of them can
/// do, or fails to begin, the engine of this process does.
public actor EnginePool {
  private struct Place {
    let engine: any AnswerEngine
    var underWay = 0
    /// Nil while it is not well.
    var health: EngineHealth?
  }

  /// What an adapter's loading is worth, in answers that wait.
  private static let loading = 2

  private var places: [Place]
  private let interval: Duration
  private let report: @Sendable (String) -> Void

  /// - Parameters:
  ///   - interval: between two questions how a worker is.
  ///   - report: told of each worker that fails or is well again.
  public init(
    _ engines: [any AnswerEngine], interval: Duration = .seconds(2),
    report: @escaping @Sendable (String) -> Void
  ) {
    places = engines.map { Place(engine: $0) }
    self.interval = interval
    self.report = report
  }

  /// Asks the workers how they are until the task is cancelled.
  public func run() async throws {
    while true {
      for index in places.indices { await look(at: index) }
      try await Task.sleep(for: interval)
    }
  }

  /// Workers that are well.
  public var available: [String] {
    places.filter { $0.health != nil }.map(\.engine.name)
  }

  private func look(at index: Int) async {
    let health = await places[index].engine.health()
    let was = places[index].health
    places[index].health = health
    let name = places[index].engine.name
    if was == nil, health != nil { report("\(name) takes answers") }
    if was != nil, health == nil { report("\(name) is not well, and is given nothing for now") }
  }

  /// Answers a prompt by a worker that can; nil if none does.
  ///
  /// A worker that fails before its first token has another try; behind it the answer fails, for its reader
  /// has heard a part, and nobody pays for it.
  func answer(
    _ request: GenerationRequest, with adapter: EngineAdapter,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation? {
    var tried: Set<Int> = []
    while let index = choose(for: request, adapter, except: tried) {
      tried.insert(index)
      places[index].underWay += 1
      let begun = Beginning()
      do {
        let generation = try await places[index].engine.answer(request, with: adapter) {
          begun.happen()
          onToken($0)
        }
        places[index].underWay -= 1
        return generation
      } catch {
        places[index].underWay -= 1
        try Task.checkCancellation()
        // What it refuses is not to its taste; what it fails at, it may fail at again.
        if (error as? ServingFailure)?.code != .workerRefused { places[index].health = nil }
        report("\(places[index].engine.name) gave no answer: \(error)")
        guard !begun.hasHappened else { throw error }
      }
    }
    return nil
  }

  private func choose(
    for request: GenerationRequest, _ adapter: EngineAdapter, except tried: Set<Int>
  ) -> Int? {
    var best: (cost: Int, index: Int)?
    for (index, place) in places.enumerated() where !tried.contains(index) {
      guard let health = place.health, place.underWay < place.engine.answersAtOnce,
        place.engine.takes(request)
      else { continue }
      let cost =
        max(place.underWay, health.running) + health.waiting
        + (place.engine.holds(adapter) ? 0 : Self.loading)
      if best.map({ cost < $0.cost }) ?? true { best = (cost, index) }
    }
    return best?.index
  }
}

/// Whether a first token came.
private final class Beginning: Sendable {
  private let state = Atomic(false)

  var hasHappened: Bool { state.load(ordering: .relaxed) }
  func happen() { state.store(true, ordering: .relaxed) }
}
