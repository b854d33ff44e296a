import ClientAPI
import Foundation
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@Suite struct ServedAdapterTests {
  private func expectFailure(
    _ code: ServingFailure.Code, _ world: World, id: Identifier<Adapter>? = nil,
    blobs: BlobStore? = nil, weights: Digest = TinyRun.weights
  ) async {
    await #expect {
      try await ServedAdapter.load(
        id ?? world.adapter.id, from: world.ledger, blobs: blobs ?? world.run.blobs,
        engine: world.run.engine, weights: weights)
    } throws: { ($0 as? ServingFailure)?.code == code }
  }

  @Test func `an adapter is served only as the ledger names it, on the model it was trained on`()
    async throws
  {
    let world = try await World()
    await expectFailure(.adapterUnknown, world, id: Identifier(digest("other")))
    await expectFailure(.wrongBaseModel, world, weights: digest("other"))
  }

  @Test func `each artifact that is away is named`() async throws {
    let world = try await World()
    let manifest = world.run.manifest
    let all = [manifest.digest] + manifest.artifacts
    for missing in all {
      let folder = TemporaryFolder()
      let blobs = try BlobStore(at: folder.path)
      for digest in all where digest != missing {
        try blobs.put(try #require(try world.run.blobs.bytes(of: digest)))
      }
      await #expect {
        try await ServedAdapter.load(
          world.adapter.id, from: world.ledger, blobs: blobs, engine: world.run.engine,
          weights: TinyRun.weights)
      } throws: { error in
        let failure = error as? ServingFailure
        return failure?.code == .artifactMissing
          && failure?.message.contains("\(missing)") == true
      }
    }
  }

  @Test func `texts that say another place than the ledger are refused`() async throws {
    let world = try await World()
    let ledger = try MemoryLedger(.test)
    // Everything comes a block later than the texts say.
    try await ledger.succeed(
      .transfer(Transfer(to: payer.account, amount: Amount(baseUnits: 1), memo: "")), by: host)
    let id = try await world.run.publish(on: ledger)
    await #expect {
      try await ServedAdapter.load(
        id, from: ledger, blobs: world.run.blobs, engine: world.run.engine,
        weights: TinyRun.weights)
    } throws: { ($0 as? ServingFailure)?.code == .artifactCorrupt }
  }

  @Test func `an artifact whose bytes changed is refused`() async throws {
    let world = try await World()
    let folder = TemporaryFolder()
    let blobs = try BlobStore(at: folder.path)
    let manifest = world.run.manifest
    for digest in [manifest.digest] + manifest.artifacts {
      try blobs.put(try #require(try world.run.blobs.bytes(of: digest)))
    }
    let file = URL(filePath: blobs.file(of: manifest.index))
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    await #expect {
      try await ServedAdapter.load(
        world.adapter.id, from: world.ledger, blobs: blobs, engine: world.run.engine,
        weights: TinyRun.weights)
    } throws: { ($0 as? StorageFailure)?.code == .corrupt }
  }
}
