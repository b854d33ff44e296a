import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import Foundation
import Ledger
import Node
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@testable import whence

/// Runs of one version on a live node, served over HTTP by an owner who stands by all that he claims;
/// a verifier challenges them, and those who did not open a dispute judge it.
struct LiveRuns: Sendable {
  static let bond = Amount(baseUnits: 1_000)

  let chain: LiveChain
  let honest: ClaimedRun
  private let ledger: LedgerOfRun<LedgerNode>
  private let blobs: BlobStore
  /// Where the node listens.
  private let base: String

  static func with(_ body: @escaping @Sendable (LiveRuns) async throws -> Void) async throws {
    try await LiveChain.with { chain in
      let blobs = try BlobStore(at: "\(chain.folder.path)/blobs")
      let ledger = try await LedgerOfRun(chain.node)
      let honest = try await ClaimedRun(on: ledger)
      try await chain.registerVerifiers()
      let owner = try InferenceServer(
        engine: honest.engine, ledger: chain.node, blobs: blobs,
        folder: "\(chain.folder.path)/owner", key: builder, adapters: [],
        clock: { chain.clock.now }, claimInterval: .milliseconds(200))
      try await NodeService(ledger: chain.node, inference: owner, blobs: blobs).serve { base in
        try await body(
          LiveRuns(chain: chain, honest: honest, ledger: ledger, blobs: blobs, base: base))
      }
    }
  }

  /// Publishes and submits the honest run, with a lie in it.
  func submit(_ lie: (inout ClaimedRun) -> Void = { _ in }) async throws -> Identifier<Run> {
    var run = honest
    lie(&run)
    try run.publish(in: blobs)
    return try await ledger.submit(run, bond: Self.bond)
  }

  func reveal() async throws {
    try blobs.put(ClaimedRun.heldOut.blob)
    try await ledger.revealHeldOut()
  }

  /// Runs `whence challenge`, to its end.
  func challenge(
    _ run: Identifier<Run>, _ options: String...
  ) async throws -> (output: String, complaint: String, status: Int32) {
    let folder = chain.verifiers[0].path
    return try await BuiltProgram.run(
      ["challenge", "\(run)", "--node", base, "--data", folder]
        + (options.isEmpty ? ["--as", LiveChain.verifierName] : options),
      environment: BuiltProgram.environment(in: folder))
  }

  /// Has a dispute about a run judged by programs.
  func judged(
    _ run: Identifier<Run>
  ) async throws -> (verdicts: [Verdict], outcome: DisputeOutcome) {
    let open = try await chain.node.records(
      in: .openDisputes, named: DisputeTarget.self, as: Identifier<Dispute>.self)
    let id = try #require(
      open.first { target, _ in
        if case .run(run, _, _) = target { true } else { false }
      }?.record)
    let panel = try chain.verifiers.map { try AuditProgram($0, asking: base) }
    defer { for member in panel { member.end() } }
    func said() -> String { panel.map(\.said).joined(separator: "---\n") }
    _ = try await chain.committed(id, saying: said)
    return try await chain.closed(id, saying: said)
  }

  func status(of run: Identifier<Run>) async throws -> RunStatus? {
    try await chain.node.record(.standing(of: run))?.status
  }

  func bond(of run: Identifier<Run>) async throws -> Amount? {
    try await chain.node.record(.standing(of: run))?.bond
  }
}
