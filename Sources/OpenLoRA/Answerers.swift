internal import ClientAPI
internal import LanguageModels
internal import Ledger
internal import Primitives

/// Who answers a request: one adapter, or several together.
struct Answerers {
  /// By rising identifier, as orders name them.
  let parts: [(adapter: ServedAdapter, weight: UInt32)]

  init(_ adapter: ServedAdapter) { parts = [(adapter, 1)] }

  /// - Precondition: different adapters, each with a weight.
  init(_ parts: [(adapter: ServedAdapter, weight: UInt32)]) {
    self.parts = parts.sorted { $0.adapter.id < $1.adapter.id }
  }

  /// Nil if several answer.
  var only: ServedAdapter? { parts.count == 1 ? parts[0].adapter : nil }

  /// As an order names them.
  var ensemble: [EnsemblePart] {
    guard only == nil else { return [] }
    return parts.map { EnsemblePart(adapter: $0.adapter.id, weight: $0.weight) }
  }

  /// What stands before a conversation without a system message of its own.
  var systemMessage: String? { Self.systemMessage(of: parts.map(\.adapter.manifest)) }

  /// That of all the runs, if they have the same: an adapter is not told what another was trained to be.
  static func systemMessage(of manifests: [RunManifest]) -> String? {
    let messages = manifests.map(\.recipe.systemMessage)
    guard let first = messages.first,
      messages.allSatisfy({ $0.utf8.elementsEqual(first.utf8) })
    else { return nil }
    return first
  }
}

extension Artifacts {
  /// The manifests of an ensemble's runs, in the order's order.
  /// - Throws: ``ServingFailure`` with `adapterUnknown`; as ``manifest(of:)``; `ClientFailure`.
  func manifests(
    of order: Order, on ledger: any LedgerClient
  ) async throws -> [RunManifest] {
    var manifests: [RunManifest] = []
    for id in order.ensemble.map(\.adapter) {
      guard let record = try await ledger.record(.adapter(id)),
        let run = try await ledger.record(.run(record.offer.run))
      else { throw ServingFailure(.adapterUnknown, "the ledger has no adapter \(id)") }
      manifests.append(try manifest(of: run))
    }
    return manifests
  }

  /// What stood before an order's conversation, unless that has a system message of its own.
  /// - Parameter manifest: of the run whose adapter the order pays for.
  /// - Throws: as ``manifests(of:on:)``, for an ensemble.
  func systemMessage(
    of order: Order, manifest: RunManifest, on ledger: any LedgerClient
  ) async throws -> String? {
    guard !order.ensemble.isEmpty else { return manifest.recipe.systemMessage }
    return Answerers.systemMessage(of: try await manifests(of: order, on: ledger))
  }
}

extension LanguageEngine {
  /// Makes the adapters of an order's ensemble ready to answer together.
  func load(
    ensemble: [EnsemblePart], manifests: [RunManifest], from artifacts: Artifacts
  ) async throws -> AdapterHandle {
    try await load(
      ensemble: zip(ensemble, manifests).map { part, manifest in
        (
          name: part.adapter.digest,
          original: try artifacts.original(of: manifest, manifest.adapter, for: configuration),
          weight: part.weight
        )
      })
  }
}
