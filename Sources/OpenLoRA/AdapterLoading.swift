public import ClientAPI
internal import Foundation
public import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// How a server's adapters come into its engine, at its start and while it runs.
public struct AdapterLoading: Sendable {
  /// SHA-256 of the engine's own model file.
  public let weights: Digest
  /// Nil keeps every adapter in memory.
  public let store: AdapterStore?
  /// Makes what was loaded ready in other ways: finding passages, say.
  private let preparing: @Sendable (ServedAdapter) async throws -> ServedAdapter

  public init(
    weights: Digest, store: AdapterStore?,
    preparing: @escaping @Sendable (ServedAdapter) async throws -> ServedAdapter = { $0 }
  ) {
    self.weights = weights
    self.store = store
    self.preparing = preparing
  }

  /// - Throws: as ``ServedAdapter/load(_:from:blobs:engine:weights:store:shelf:)``; what preparing
  ///   throws.
  public func served(
    _ id: Identifier<Adapter>, from ledger: any LedgerClient, blobs: BlobStore,
    engine: LanguageEngine
  ) async throws -> ServedAdapter {
    let loaded = try await ServedAdapter.load(
      id, from: ledger, blobs: blobs, engine: engine, weights: weights, store: store)
    do {
      return try await preparing(loaded)
    } catch {
      await loaded.unload()
      throw error
    }
  }
}
