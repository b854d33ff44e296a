internal import Attribution
internal import AttributionRules
internal import Synchronization

/// What answers are traced and cited by: some megabytes for each adapter, of which a server with
/// thousands keeps those that were last asked for.
struct TracingMaterial: Sendable {
  /// Turns answers into queries, at the run's tracing adapter.
  let tracing: AdapterTracing
  let scanner: IndexScanner
  let texts: CitableTexts

  var index: InfluenceIndex { scanner.index }
}

/// One adapter's material, read when it is asked for and again after it was dropped.
actor TracingMaterialSource {
  private let read: @Sendable () async throws -> TracingMaterial
  private let shelf: TracingMaterialShelf
  private var held: TracingMaterial?
  private var reading: Task<TracingMaterial, any Error>?

  init(
    on shelf: TracingMaterialShelf, read: @escaping @Sendable () async throws -> TracingMaterial
  ) {
    self.shelf = shelf
    self.read = read
  }

  /// - Throws: what reading throws: an artifact is away, or the ledger.
  func material() async throws -> TracingMaterial {
    for dropped in shelf.use(self) { await dropped.drop() }
    if let held { return held }
    // Who comes meanwhile waits for the same.
    let task = reading ?? Task { try await read() }
    reading = task
    defer { reading = nil }
    let material = try await task.value
    held = material
    return material
  }

  /// Whoever uses the material keeps it until he is done.
  func drop() { held = nil }
}

/// Whose material is kept: those who asked for it last.
///
/// Shared by all servers of a process, for it is the process whose memory is bounded.
public final class TracingMaterialShelf: Sendable {
  public static let shared = TracingMaterialShelf(most: 8)

  private let most: Int
  /// The last is the latest.
  private let sources = Mutex<[TracingMaterialSource]>([])

  public init(most: Int) { self.most = most }

  /// - Returns: those who are to drop theirs.
  func use(_ source: TracingMaterialSource) -> [TracingMaterialSource] {
    sources.withLock { sources in
      sources.removeAll { $0 === source }
      sources.append(source)
      let dropped = Array(sources.prefix(max(0, sources.count - most)))
      sources.removeFirst(dropped.count)
      return dropped
    }
  }

  /// Lets go of what is not asked for any more.
  func remove(_ source: TracingMaterialSource) {
    sources.withLock { $0.removeAll { $0 === source } }
  }
}
