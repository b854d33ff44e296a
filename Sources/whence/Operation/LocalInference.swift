import AttributionRules
import ClientAPI
import Attribution
import Cryptography
import Foundation
import LanguageModels
import Ledger
import Node
import OpenLoRA
import Primitives
import Storage
import Tensors

/// What a node's folder lets it answer with.
struct LocalInference {
  static let serverName = "server"

  let data: DataFolder
  let ledger: any LedgerClient
  /// The base model's file.
  var model = LocalModel.path
  /// Names or identifiers of the adapters to be served; nil: all of them.
  var only: [String]?
  /// What answers may use of this machine; nil: what is usual.
  var limits: ServingLimits?
  /// Threads of each matrix product.
  var tensorThreads = 1
  /// In bytes, of adapters that are mapped.
  var adapterMemory = 1 << 30
  /// Whether there is a server without an adapter too: others may come while it runs.
  var waitsForAdapters = false

  /// An adapter of the chain whose run is here, and that can't be served all the same.
  struct LeftOut: CustomStringConvertible {
    let id: Identifier<Adapter>
    /// As its offer says.
    let name: String
    let cause: any Error

    var description: String { "leaves out adapter \(name.inOneLine) (\(id)): \(cause)" }
  }

  /// Loads the base model and the chain's adapters whose artifacts are in the folder.
  ///
  /// What is wrong with one adapter's artifacts leaves that one out: a text that is missing must not
  /// keep others from being served, nor disputes from being answered. A run of which the folder has
  /// no manifest is somebody else's, and not spoken of.
  ///
  /// Takes about two seconds and four bytes for each parameter of the model.
  /// - Returns: no server if the folder has no server's key, or no such run.
  /// - Throws: `model_missing` or `model_corrupt`; `ClientFailure`.
  func open() async throws -> (server: InferenceServer?, leftOut: [LeftOut]) {
    guard try data.key(Self.serverName) != nil else { return (nil, []) }
    let server = try await data.keys.settled(Self.serverName, on: ledger)
    var (here, leftOut) = try await adaptersHere()
    let hasNone = here.isEmpty
    guard !hasNone || waitsForAdapters && FileManager.default.fileExists(atPath: model) else {
      return (nil, leftOut)
    }
    let weights = try LocalModel.weightsDigest(at: model)
    here.removeAll { $0.baseWeights != weights }
    guard hasNone || !here.isEmpty else {
      // A sound model of another kind serves nothing here, which is no fault of the file.
      guard weights.description != Examination.modelDigest else { return (nil, leftOut) }
      throw ModelFailure(
        .modelCorrupt,
        "\(model) is not what the adapters were trained on; "
          + "remove .deps/.done and run `make setup`")
    }
    // An answer goes before the attribution of those given.
    TensorRuntime.yieldToOthers()
    let engine = try LocalModel.open(at: model, limits: limits, threads: tensorThreads)
    let loading = AdapterLoading(
      weights: weights,
      store: try AdapterStore(
        folder: "\(data.serverFolder)/adapters", model: engine.serving.model,
        budget: adapterMemory),
      preparing: { [self] in try await searching($0) })
    var served: [ServedAdapter] = []
    for adapter in here {
      do {
        served.append(
          try await loading.served(
            adapter.id, from: ledger, blobs: data.blobs, engine: engine))
      } catch {
        leftOut.append(try Self.leftOut(adapter.id, adapter.name, because: error))
      }
    }
    let opened = try InferenceServer(
      engine: engine, ledger: ledger, blobs: data.blobs, folder: data.serverFolder,
      key: server.key, account: server.account, adapters: served, loading: loading,
      clock: { .now() })
    return (opened, leftOut)
  }

  /// Has a server answer with exactly what is wanted now, and is here.
  /// - Returns: what could not be loaded.
  /// - Throws: as ``open()``.
  func reload(_ server: InferenceServer) async throws -> [LeftOut] {
    let weights = try LocalModel.weightsDigest(at: model)
    var (here, leftOut) = try await adaptersHere()
    here.removeAll { $0.baseWeights != weights }
    for (id, cause) in await server.reload(here.map(\.id)) {
      let name = here.first { $0.id == id }?.name ?? ""
      leftOut.append(try Self.leftOut(id, name, because: cause))
    }
    return leftOut
  }

  /// - Throws: what says nothing of the adapter: the ledger can't be read, or the task is cancelled.
  private static func leftOut(
    _ id: Identifier<Adapter>, _ name: String, because cause: any Error
  ) throws -> LeftOut {
    try Task.checkCancellation()
    if cause is ClientFailure { throw cause }
    return LeftOut(id: id, name: name, cause: cause)
  }

  /// The adapter with its run's records to search, if the encoder is here.
  ///
  /// Takes a second, and at first some milliseconds a record.
  private func searching(_ adapter: ServedAdapter) async throws -> ServedAdapter {
    guard LocalModel.hasEncoder else { return adapter }
    let folder = "\(data.serverFolder)/passages"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return try await adapter.searching(
      inFile: "\(folder)/\(adapter.manifest.digest).sqlite", by: LocalModel.openEncoder())
  }

  /// Names that the chain does not have.
  struct UnknownNames: CustomStringConvertible {
    /// Whether it has none of those that are to be served.
    let areAll: Bool
    let description: String
  }

  /// Which of the adapters to be served the chain does not have, and what it has; nil if it has all.
  func unknownNames() async throws -> UnknownNames? {
    guard let only else { return nil }
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    let known = Set(offered.flatMap { ["\($0.0)", $0.1.offer.name] })
    let unknown = only.filter { !known.contains($0) }
    guard !unknown.isEmpty else { return nil }
    let names = Set(offered.map(\.1.offer.name)).sorted().map(\.inOneLine)
    return UnknownNames(
      areAll: unknown.count == only.count,
      description:
        "the chain has no adapter \(unknown.map(\.inOneLine).joined(separator: ", ")); it has "
        + (names.isEmpty ? "none" : names.joined(separator: ", ")))
  }

  /// Why ``open()`` gave nothing, for the node's first line.
  func reasonForNone() async throws -> String {
    if let unknown = try await unknownNames() { return "keeps a ledger only: \(unknown)" }
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    guard !offered.isEmpty, try data.key(Self.serverName) != nil else {
      return "keeps a ledger only: the folder has no adapter to answer with"
    }
    return "keeps a ledger only: the chain offers \(offered.count) adapter(s), and their artifacts "
      + "are not in \(data.path)/blobs (artifact_missing); copy them there to answer"
  }

  private struct Here {
    let id: Identifier<Adapter>
    let name: String
    /// The weights that it needs.
    let baseWeights: Digest
  }

  private func isWanted(_ id: Identifier<Adapter>, _ name: String) -> Bool {
    only?.contains { $0.utf8.elementsEqual(name.utf8) || $0 == id.description } ?? true
  }

  /// The chain's adapters whose artifacts are in the folder, and those of which a part is.
  private func adaptersHere() async throws -> (whole: [Here], leftOut: [LeftOut]) {
    var (whole, leftOut): ([Here], [LeftOut]) = ([], [])
    let artifacts = Artifacts(blobs: data.blobs)
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    for (name, record) in offered where isWanted(Identifier(name), record.offer.name) {
      guard let run = try await ledger.record(.run(record.offer.run)),
        data.blobs.contains(run.claim.manifest)
      else { continue }
      let id = Identifier<Adapter>(name)
      do {
        let manifest = try artifacts.manifest(of: run)
        for artifact in manifest.artifacts where !data.blobs.contains(artifact) {
          throw Artifacts.missing(artifact)
        }
        whole.append(
          Here(id: id, name: record.offer.name, baseWeights: manifest.baseWeights))
      } catch {
        leftOut.append(try Self.leftOut(id, record.offer.name, because: error))
      }
    }
    return (whole, leftOut)
  }
}
