import ClientAPI
import Node
import Storage
import Testing

@Suite struct FullDiskTests {
  @Test func `a full disk stops the node, and nothing of the block is kept`() async throws {
    let folder = try TemporaryFolder()
    let before = try await withNode(in: folder) { node in
      _ = try await node.send(transfer(1), by: payer)
      return try await node.status().header
    }
    // A store that must leave more free than any disk has: every write finds it full.
    let full = try KeyValueStore(at: folder.path, reserveInBytes: 1 << 60)
    let node = try LedgerNode(store: full, genesis: .test)
    let running = Task { try await node.run() }
    await #expect {
      try await node.send(transfer(2), by: payer)
    } throws: { error in
      (error as? ClientFailure)?.code == .storageFailed
    }
    await #expect {
      try await running.value
    } throws: { error in
      (error as? NodeFailure)?.storage?.code == .diskFull
    }
    full.close()
    let after = try await withNode(in: folder) { try await $0.status().header }
    #expect(after == before)
  }
}
