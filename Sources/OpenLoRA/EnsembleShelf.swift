internal import LanguageModels
internal import Ledger

/// Ensembles that are ready to answer: those that answer now, and some of the last ones.
///
/// Each takes memory as its adapters do together.
actor EnsembleShelf {
  /// How many are kept that nothing uses.
  private static let most = 8

  private struct Entry {
    let handle: Task<AdapterHandle, any Error>
    var uses = 0
  }

  private let engine: LanguageEngine
  private let artifacts: Artifacts
  private var entries: [[EnsemblePart]: Entry] = [:]
  /// Of those that nothing uses; the last is the latest.
  private var idle: [[EnsemblePart]] = []

  init(engine: LanguageEngine, artifacts: Artifacts) {
    self.engine = engine
    self.artifacts = artifacts
  }

  /// How many are in memory.
  var count: Int { entries.count }

  /// Makes adapters ready to answer together, until ``release(_:)`` was called as often.
  /// - Throws: `ModelFailure` with `adapterUnsupported` for ranks too large together; what reading an
  ///   adapter throws. Then nothing is to be released.
  func lease(_ answerers: Answerers) async throws -> AdapterHandle {
    let key = answerers.ensemble
    var entry =
      entries[key]
      ?? Entry(
        handle: Task { [engine, artifacts, manifests = answerers.parts.map(\.adapter.manifest)] in
          try await engine.load(ensemble: key, manifests: manifests, from: artifacts)
        })
    entry.uses += 1
    entries[key] = entry
    idle.removeAll { $0 == key }
    do {
      return try await entry.handle.value
    } catch {
      entries[key]?.uses -= 1
      if entries[key]?.uses == 0 { entries[key] = nil }
      throw error
    }
  }

  func release(_ key: [EnsemblePart]) async {
    guard let uses = entries[key]?.uses, uses > 0 else { return }
    entries[key]?.uses = uses - 1
    guard uses == 1 else { return }
    idle.append(key)
    guard idle.count > Self.most else { return }
    if let handle = try? await entries.removeValue(forKey: idle.removeFirst())?.handle.value {
      await engine.unload(handle)
    }
  }
}
