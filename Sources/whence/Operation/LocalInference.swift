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

/// What a node's folder lets it answer with.
struct LocalInference {
  static let serverName = "server"

  let data: DataFolder
  let ledger: LedgerNode

  /// Loads the base model and the chain's adapters whose artifacts are in the folder.
  ///
  /// Takes about two seconds and four bytes for each parameter of the model.
  /// - Returns: nil if the folder has no server's key, or no such adapter.
  /// - Throws: `model_missing` or `model_corrupt`, and what ``ServedAdapter`` says of an artifact.
  func open() async throws -> InferenceServer? {
    guard try data.key(Self.serverName) != nil else { return nil }
    let server = try await data.keys.settled(Self.serverName, on: ledger)
    let here = try await adaptersHere()
    guard !here.isEmpty else { return nil }
    let weights = try LocalModel.weightsDigest()
    let ours = here.filter { $0.baseWeights == weights }.map(\.id)
    guard !ours.isEmpty else {
      // A sound model of another kind serves nothing here, which is no fault of the file.
      guard weights.description != Examination.modelDigest else { return nil }
      throw ModelFailure(
        .modelCorrupt,
        "\(LocalModel.path) is not what the adapters were trained on; "
          + "remove .deps/.done and run `make setup`")
    }
    let engine = try LocalModel.open()
    var served: [ServedAdapter] = []
    for id in ours {
      let adapter = try await ServedAdapter.load(
        id, from: ledger, blobs: data.blobs, engine: engine, weights: weights)
      served.append(try await searching(adapter))
    }
    return try InferenceServer(
      engine: engine, ledger: ledger, blobs: data.blobs, folder: data.serverFolder,
      key: server.key, account: server.account, adapters: served, clock: { .now() })
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

  /// Why ``open()`` gave nothing, for the node's first line.
  func reasonForNone() async throws -> String {
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    guard !offered.isEmpty, try data.key(Self.serverName) != nil else {
      return "keeps a ledger only: the folder has no adapter to answer with"
    }
    return "keeps a ledger only: the chain offers \(offered.count) adapter(s), and their artifacts "
      + "are not in \(data.path)/blobs (artifact_missing); copy them there to answer"
  }

  /// The chain's adapters that could be served from the folder, with the weights each needs.
  private func adaptersHere() async throws -> [(id: Identifier<Adapter>, baseWeights: Digest)] {
    var here: [(id: Identifier<Adapter>, baseWeights: Digest)] = []
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    for (name, record) in offered {
      guard let run = try await ledger.record(.run(record.offer.run)),
        data.blobs.contains(run.claim.manifest)
      else { continue }
      let manifest = try Artifacts(blobs: data.blobs).manifest(of: run)
      guard manifest.artifacts.allSatisfy(data.blobs.contains) else { continue }
      here.append((Identifier(name), manifest.baseWeights))
    }
    return here
  }
}
