public import ClientAPI
internal import LanguageModels
public import Ledger
public import Primitives
internal import Storage

extension InferenceServer {
  /// The adapters that are served now.
  public var served: [Identifier<Adapter>] { adapters.map(\.id) }

  /// Answers with an adapter from now on; one of the same identifier that is served leaves.
  public func add(_ adapter: ServedAdapter) {
    leaving += adapters.filter { $0.id == adapter.id }
    adapters.removeAll { $0.id == adapter.id }
    adapters.append(adapter)
    dismissLeaving()
    doorbell.ring.yield()
  }

  /// Answers no more with an adapter; answers under way end with it, and are settled.
  /// - Returns: false if it was not served.
  @discardableResult
  public func remove(_ id: Identifier<Adapter>) -> Bool {
    guard let adapter = adapters.first(where: { $0.id == id }) else { return false }
    adapter.unpin()
    leaving.append(adapter)
    adapters.removeAll { $0.id == id }
    dismissLeaving()
    return true
  }

  /// Serves exactly some of the ledger's adapters: what is new is loaded, what is not among them leaves,
  /// what stays is not touched.
  ///
  /// - Returns: those that could not be loaded, and why.
  @discardableResult
  public func reload(
    _ wanted: [Identifier<Adapter>]
  ) async -> [(adapter: Identifier<Adapter>, cause: any Error)] {
    var failures: [(adapter: Identifier<Adapter>, cause: any Error)] = []
    for id in adapters.map(\.id) where !wanted.contains(id) { remove(id) }
    for id in wanted where !adapters.contains(where: { $0.id == id }) {
      do {
        add(try await load(id))
      } catch { failures.append((id, error)) }
    }
    return failures
  }

  /// Keeps exactly some adapters in memory, used or not, by their names or identifiers.
  ///
  /// - Returns: those for which there is no room, and what else went wrong.
  @discardableResult
  public func pin(only names: [String]) async -> [(name: String, cause: any Error)] {
    var failures: [(name: String, cause: any Error)] = []
    for adapter in adapters {
      let name = adapter.record.offer.name
      guard names.contains(name) || names.contains(adapter.id.description) else {
        adapter.unpin()
        continue
      }
      do { try await adapter.pin() } catch { failures.append((name, error)) }
    }
    return failures
  }

  private func load(_ id: Identifier<Adapter>) async throws -> ServedAdapter {
    guard let loading else {
      throw InferenceFailure(.unavailable, "this server's adapters are fixed while it runs")
    }
    return try await loading.served(id, from: ledger, blobs: blobs, engine: engine)
  }

  /// Removes records that are erased from what is on disk to search in, and from memory unless an answer
  /// that waits to be attributed may need them.
  /// - Throws: `SearchFailure`.
  public func forget(_ records: Set<Digest>) async throws {
    for adapter in adapters {
      try await adapter.forget(records)
      if !waiting.values.contains(where: { $0.adapter == adapter.id }) {
        await adapter.dropMaterial()
      }
    }
  }

  // MARK: - Leaving

  func beginUse(of adapter: ServedAdapter) {
    // On its way into memory while the order is looked at.
    adapter.prefetch()
    uses[adapter.handle, default: 0] += 1
  }

  func endUse(of adapter: ServedAdapter) {
    let left = uses[adapter.handle, default: 1] - 1
    uses[adapter.handle] = left > 0 ? left : nil
    dismissLeaving()
  }

  /// Has the engine forget adapters that were taken out, once nothing is left to be done with them.
  func dismissLeaving() {
    guard !leaving.isEmpty else { return }
    let needed = Set(waiting.values.map(\.adapter)).subtracting(adapters.map(\.id))
    let gone = leaving.filter { uses[$0.handle] == nil && !needed.contains($0.id) }
    leaving.removeAll { left in gone.contains { $0.handle == left.handle } }
    for adapter in gone { Task { await adapter.unload() } }
  }
}

extension InferenceServer: AdapterOperator {
  public func loadAdapter(_ request: AdapterLoadRequest) async throws(InferenceFailure) {
    let id = try await identifier(named: request.name)
    guard request.replaces || !adapters.contains(where: { $0.id == id }) else {
      throw InferenceFailure(
        .adapterLoaded,
        "The lora adapter '\(request.name)' has already been loaded. If you want to load the adapter in "
          + "place, set 'load_inplace' to True.", parameter: "lora_name")
    }
    do {
      if let path = request.path { try await keep(path, for: id) }
      let adapter = try await load(id)
      if request.isPinned { try await adapter.pin() }
      // What was asked for twice at once is loaded once.
      if !request.replaces, adapters.contains(where: { $0.id == id }) {
        await adapter.unload()
      } else {
        add(adapter)
      }
    } catch { throw InferenceFailure(loading: error) }
  }

  public func unloadAdapter(named name: String) async throws(InferenceFailure) {
    let named = adapters.first { $0.id.description == name }
    guard let adapter = named ?? adapters.first(where: { $0.record.offer.name == name }) else {
      throw InferenceFailure(
        .adapterUnknown,
        "The lora adapter '\(name)' cannot be found: GET /v1/models lists what is served",
        parameter: "lora_name")
    }
    remove(adapter.id)
  }

  public func adapterFigures() async -> AdapterStoreFigures? {
    guard let store = loading?.store else { return nil }
    let names = Dictionary(
      adapters.map { ($0.handle.digest, $0) }, uniquingKeysWith: { first, _ in first })
    let totals = store.totals
    return AdapterStoreFigures(
      entries: store.residency(asksSystem: true).compactMap { residency in
        names[residency.name].map { AdapterStoreFigures.Entry(residency, of: $0) }
      }, budget: store.budget, mappedBytes: store.mappedBytes, loads: totals.loads,
      hits: totals.hits, misses: totals.misses, evictions: totals.evictions,
      refusals: totals.refusals, repairs: totals.repairs)
  }

  /// The ledger's adapter of a name, what its line recommends first, or of an identifier.
  private func identifier(named name: String) async throws(InferenceFailure) -> Identifier<Adapter>
  {
    var views: [AdapterView] = []
    do {
      if let digest = Digest(hex: name) {
        views = [try await AdapterView(of: Identifier(digest), on: ledger)]
      } else {
        let offered = try await ledger.records(
          in: .adapters, named: Identifier<Adapter>.self, as: AdapterRecord.self)
        for (id, record) in offered where record.offer.name == name {
          views.append(try await AdapterView(of: id, on: ledger))
        }
      }
    } catch { throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)") }
    let known = views.filter { $0.record != nil }.sorted { $0.precedes($1) }
    guard let view = known.first else {
      throw InferenceFailure(
        .adapterUnknown,
        "the ledger has no adapter '\(name)': what is served for pay is published there first",
        parameter: "lora_name")
    }
    return view.id
  }

  /// Puts the files that a path leads to into the blob store, if they are those that the ledger commits
  /// to.
  private func keep(_ path: String, for id: Identifier<Adapter>) async throws {
    guard let record = try await ledger.record(.adapter(id)),
      let run = try await ledger.record(.run(record.offer.run))
    else { throw ServingFailure(.adapterUnknown, "the ledger has no adapter \(id)") }
    let manifest = try Artifacts(blobs: blobs).manifest(of: run)
    let source = AdapterSource(path)
    // Large files, and nobody else is to wait for them.
    let kept = try await Task.detached { [blobs] in
      try source.files(of: manifest, blobs: blobs)
    }.value
    // What the engine can't run is refused with its field's name, whatever its digest.
    _ = try LoRAAdapter(kept, for: engine.configuration)
    try kept.check(against: manifest)
    try blobs.put(kept.settings)
    try blobs.put(kept.weights)
  }
}

extension AdapterStoreFigures.Entry {
  fileprivate init(_ residency: AdapterStore.Residency, of adapter: ServedAdapter) {
    self.init(
      digest: residency.name, adapter: adapter.id, name: adapter.record.offer.name,
      tier: residency.isMapped ? .mapped : .registered, isPinned: residency.isPinned,
      uses: residency.leases, residentBytes: residency.residentBytes ?? 0,
      lastLoadMicroseconds: residency.lastLoad.map { Int($0 / .microseconds(1)) })
  }
}

extension InferenceFailure {
  /// What an operator is told of an adapter that can't be loaded.
  fileprivate init(loading error: any Error) {
    switch error {
    case let failure as InferenceFailure: self = failure
    case let failure as ModelFailure:
      let code: Code =
        switch failure.code {
        case .adapterMissing: .adapterMissing
        case .overloaded: .overloaded
        case .adapterCorrupt, .adapterMismatch, .adapterUnsupported: .adapterRefused
        default: .unavailable
        }
      self.init(code, "\(failure)", parameter: code == .overloaded ? nil : "lora_path")
    case let failure as ServingFailure:
      let code: Code =
        switch failure.code {
        case .adapterUnknown: .adapterUnknown
        case .artifactMissing: .adapterMissing
        case .wrongBaseModel, .artifactCorrupt, .adapterDiffers: .adapterRefused
        default: .unavailable
        }
      self.init(code, "\(failure)", parameter: "lora_path")
    default: self.init(.unavailable, "the adapter can't be loaded: \(error)")
    }
  }
}
