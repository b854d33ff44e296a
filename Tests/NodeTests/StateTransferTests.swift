import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

@Suite struct StateTransferTests {
  private func grow(_ folder: TemporaryFolder, blocks: Int) async throws -> BlockHeader {
    try await withNode(in: folder) { node in
      for number in 0..<blocks {
        _ = try await node.send(transfer(1, to: .test(UInt8(3 + number))), by: payer)
      }
      return try await node.status().header
    }
  }

  private func code(_ body: () throws -> Void) -> NodeFailure.Code? {
    do { try body() } catch { return (error as? NodeFailure)?.code }
    return nil
  }

  private func documents(_ folder: DocumentFolder) throws -> [String: [UInt8]] {
    try folder.names().reduce(into: [:]) { $0[$1] = try folder.bytes(of: $1) }
  }

  @Test func `an exported state begins a chain that goes on from there`() async throws {
    let (old, new) = (try TemporaryFolder(), try TemporaryFolder())
    let header = try await grow(old, blocks: 12)
    let folder = try DocumentFolder(at: old.path + "/export")
    let store = try KeyValueStore(at: old.path)
    let manifest = try exportState(of: store, to: folder)
    store.close()
    #expect(manifest.header == header && manifest.entryCount > 12)

    let empty = try KeyValueStore(at: new.path)
    let imported = try importState(from: folder, into: empty, trusting: header.digest)
    #expect(imported == manifest)
    #expect(try checkState(of: empty).root == header.stateRoot)
    // What is exported from the import is the same, byte for byte.
    let again = try DocumentFolder(at: new.path + "/export")
    #expect(try exportState(of: empty, to: again) == manifest)
    #expect(try documents(folder) == documents(again))
    empty.close()
    let next = try await withNode(in: new) { node in
      #expect(try await node.status().header == header)
      return try await node.send(transfer(5), by: payer)
    }
    #expect(next.rejection == nil && next.height == header.height.next)

    // Both chains, given the same transaction at the same time, reach the same root.
    let there = try await withNode(in: old) { try await $0.send(transfer(5), by: payer) }
    #expect(there.height == next.height)
    let (first, second) = (try KeyValueStore(at: old.path), try KeyValueStore(at: new.path))
    defer { first.close(); second.close() }
    #expect(try first.head() == second.head())
  }

  @Test func `an export that was changed anywhere is refused`() async throws {
    let old = try TemporaryFolder()
    let trusted = try await grow(old, blocks: 3).digest
    let store = try KeyValueStore(at: old.path)
    let folder = try DocumentFolder(at: old.path + "/export")
    _ = try exportState(of: store, to: folder)
    store.close()
    var attempts = 0
    for (name, bytes) in try documents(folder) {
      for index in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 12)) {
        var changed = bytes
        changed[index] ^= 1
        try folder.put(changed, as: name)
        let target = try TemporaryFolder()
        let empty = try KeyValueStore(at: target.path)
        defer { empty.close() }
        let refusal = code {
          _ = try importState(from: folder, into: empty, trusting: trusted)
        }
        #expect(refusal == .importRefused, "byte \(index) of \(name)")
        attempts += 1
      }
      try folder.remove(name)
      let target = try TemporaryFolder()
      let empty = try KeyValueStore(at: target.path)
      defer { empty.close() }
      #expect(code { _ = try importState(from: folder, into: empty) } == .importRefused)
      try folder.put(bytes, as: name)
    }
    #expect(attempts > 20)
  }

  @Test func `only an empty store takes a state, and only the trusted one`() async throws {
    let old = try TemporaryFolder()
    let header = try await grow(old, blocks: 2)
    let store = try KeyValueStore(at: old.path)
    defer { store.close() }
    let folder = try DocumentFolder(at: old.path + "/export")
    _ = try exportState(of: store, to: folder)
    #expect(code { _ = try importState(from: folder, into: store) } == .importRefused)
    let target = try TemporaryFolder()
    let empty = try KeyValueStore(at: target.path)
    defer { empty.close() }
    #expect(
      code { _ = try importState(from: folder, into: empty, trusting: .zero) } == .importRefused)
    #expect(
      code { _ = try importState(from: folder, into: empty, trusting: header.digest) } == nil)
  }

  @Test func `a store whose import was cut off opens for nothing`() throws {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    var batch = WriteBatch()
    batch.put([1], for: ChainStore.importingKey, in: .meta)
    try store.write(batch)
    #expect(
      code { _ = try LedgerNode(store: store, genesis: .test) } == .importUnfinished)
    #expect(code { _ = try LedgerNode.genesis(of: store) } == .importUnfinished)
    #expect(code { _ = try checkState(of: store) } == .importUnfinished)
  }

  @Test(arguments: [UInt16?.none, 0, ChainStore.format - 1, ChainStore.format + 1])
  func `a store of another format opens for nothing, and the words say what to do`(
    format: UInt16?
  ) async throws {
    let folder = try TemporaryFolder()
    _ = try await grow(folder, blocks: 1)
    let store = try KeyValueStore(at: folder.path)
    defer { store.close() }
    var batch = WriteBatch()
    if let format {
      batch.put(format.canonicalBytes, for: ChainStore.formatKey, in: .meta)
    } else {
      batch.remove(ChainStore.formatKey, in: .meta)
    }
    // In another format this may be anything.
    batch.put([1, 2, 3], for: ChainStore.headKey, in: .meta)
    try store.write(batch)
    let export = try DocumentFolder(at: folder.path + "/export")
    #expect(code { _ = try exportState(of: store, to: export) } == .formatUnknown)
    #expect(code { _ = try checkState(of: store) } == .formatUnknown)
    #expect(code { _ = try replay(store) } == .formatUnknown)
    let failure = #expect(throws: NodeFailure.self) {
      try LedgerNode(store: store, genesis: .test)
    }
    #expect(failure?.code == .formatUnknown)
    #expect(failure?.message.contains("import that into a new folder") == true)
  }

  @Test func `snapshots of a running node are whole, alike on every node, and few`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/snapshots"
    try await withNode(in: folder) { node in
      let keeper = SnapshotKeeper(of: node, at: path, interval: 2)
      var manifests: [StateManifest] = []
      for _ in 0..<4 {
        _ = try await node.send(transfer(1), by: payer)
        manifests.append(try keeper.take())
      }
      #expect(try keeper.snapshots() == manifests.suffix(2).map(\.header))
      // Taken once more, it is the same.
      #expect(try keeper.take() == manifests.last)
    }
    let last = try DocumentFolder(at: path + "/4")
    let target = try TemporaryFolder()
    let store = try KeyValueStore(at: target.path)
    defer { store.close() }
    let header = try importState(from: last, into: store).header
    #expect(header.height == Height(4))
    #expect(try checkState(of: store).height == Height(4))
  }
}

@Suite(.timeLimit(.minutes(10))) struct SnapshotIntervalTests {
  @Test func `every Nth block has its snapshot, and the latest two stay`() async throws {
    let (folder, snapshots) = (try TemporaryFolder(), try TemporaryFolder())
    try await withNode(in: folder) { node in
      let keeper = SnapshotKeeper(of: node, at: snapshots.path + "/all", interval: 2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await keeper.run() }
        for height in UInt64(1)...7 {
          _ = try await node.send(transfer(1), by: payer)
          while height.isMultiple(of: 2), try keeper.snapshots().last?.height != Height(height) {
            try await Task.sleep(for: .milliseconds(5))
          }
        }
        group.cancelAll()
      }
      #expect(try keeper.snapshots().map(\.height) == [Height(4), Height(6)])
    }
  }
}

@Suite struct StateProvingTests {
  @Test func `the state of every kept height is proved to who trusts its header`() async throws {
    let folder = try TemporaryFolder()
    let key = StateKey<AccountRecord>.account(friend.account).bytes
    let absent = StateKey<AccountRecord>.account(SigningKey.test(99).account).bytes
    try await withNode(in: folder, keptHeights: 4) { node in
      var headers: [BlockHeader] = []
      for _ in 0..<10 {
        _ = try await node.send(transfer(7), by: payer)
        headers.append(try await node.status().header)
      }
      for header in headers {
        guard header.height.number >= 6 else {
          await #expect {
            try await node.proof(of: key, at: header.height)
          } throws: {
            ($0 as? ClientFailure)?.code == .heightNotKept
          }
          continue
        }
        let proof = try await node.proof(of: key, at: header.height)
        let account = try AccountRecord(canonicalBytes: try #require(proof.value))
        #expect(account.balance.baseUnits == 1_000_000 + 7 * UInt128(header.height.number))
        #expect(throws: Never.self) { try proof.verify(trusting: header.digest) }
        #expect(try StateProof(canonicalBytes: proof.canonicalBytes) == proof)
        #expect(throws: StateProofFault.otherHeader) { try proof.verify(trusting: .zero) }
        var lie = proof
        lie.value = Amount(baseUnits: 5).canonicalBytes
        #expect(throws: StateProofFault.notProved(.otherValue)) {
          try lie.verify(trusting: header.digest)
        }
        lie.header.stateRoot = .zero
        #expect(throws: StateProofFault.otherHeader) { try lie.verify(trusting: header.digest) }
        let nothing = try await node.proof(of: absent, at: header.height)
        #expect(nothing.value == nil)
        #expect(throws: Never.self) { try nothing.verify(trusting: header.digest) }
      }
      #expect(try await node.proof(of: key, at: nil).header == headers.last)
    }
  }
}
