import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Storage
import Testing

@testable import Node

@Suite struct StateTreeTests {
  /// A stopped chain with some blocks, open for looking at.
  private func chain(
    blocks: Int, keptHeights: UInt64 = 1000, in folder: TemporaryFolder
  ) async throws -> (store: KeyValueStore, headers: [BlockHeader]) {
    let headers = try await withNode(in: folder, keptHeights: keptHeights) { node in
      var headers = [try await node.status().header]
      for number in 0..<blocks {
        let receiver = SigningKey.test(UInt8(3 + number % 40))
        _ = try await node.send(transfer(1, to: receiver), by: payer)
        headers.append(try await node.status().header)
      }
      return headers
    }
    return (try KeyValueStore(at: folder.path), headers)
  }

  private func code(_ body: () throws -> Void) -> NodeFailure.Code? {
    do { try body() } catch { return (error as? NodeFailure)?.code }
    return nil
  }

  @Test func `the whole state agrees with its tree and the last header`() async throws {
    let folder = try TemporaryFolder()
    let (store, headers) = try await chain(blocks: 30, in: folder)
    defer { store.close() }
    let check = try checkState(of: store)
    #expect(check.root == headers.last?.stateRoot && check.height == Height(30))
    #expect(check.entryCount == (try store.entries(in: .state).count))
    let all = try store.entries(in: .state)
    let fresh = SparseMerkleTree().updating(all.map { StateWrite(key: $0.key, value: $0.value) })
    #expect(fresh.root == check.root)
  }

  @Test func `a state that was tampered with is found out by the check`() async throws {
    let folder = try TemporaryFolder()
    let (store, _) = try await chain(blocks: 3, in: folder)
    defer { store.close() }
    let key = StateKey<AccountRecord>.account(friend.account).bytes
    let honest = try #require(try store.value(for: key, in: .state))
    func write(_ change: (inout WriteBatch) -> Void) throws {
      var batch = WriteBatch()
      change(&batch)
      try store.write(batch)
    }
    let rich = AccountRecord(balance: Amount(baseUnits: 1_000_000_000))
    try write { $0.put(rich.canonicalBytes, for: key, in: .state) }
    #expect(code { _ = try checkState(of: store) } == .stateMismatch)
    try write { $0.remove(key, in: .state) }
    #expect(code { _ = try checkState(of: store) } == .stateMismatch)
    try write { $0.put(honest, for: key, in: .state) }
    #expect(code { _ = try checkState(of: store) } == nil)
    try write { $0.put([1], for: [255, 1], in: .state) }
    #expect(code { _ = try checkState(of: store) } == .stateMismatch)
  }

  @Test func `a tree that lost or changed a node is found out`() async throws {
    let folder = try TemporaryFolder()
    let (store, headers) = try await chain(blocks: 24, in: folder)
    defer { store.close() }
    let height = try #require(headers.last?.height.number)
    let nodes = try store.entries(in: .treeNodes)
    #expect(nodes.count >= 24)
    for node in nodes {
      let isRoot = node.key == height.canonicalBytes + [0]
      for value in [nil, node.value.dropLast() + [node.value.last.map { $0 ^ 1 } ?? 0]] {
        var batch = WriteBatch()
        if let value {
          batch.put(Array(value), for: node.key, in: .treeNodes)
        } else {
          batch.remove(node.key, in: .treeNodes)
        }
        try store.write(batch)
        if isRoot {
          #expect(code { _ = try checkState(of: store) } == .stateMismatch)
          let opening = code { _ = try LedgerNode(store: store, genesis: .test) }
          // The last bytes are a version: of them the header knows nothing.
          #expect(opening == .stateMismatch || value != nil)
        }
        batch = WriteBatch()
        batch.put(node.value, for: node.key, in: .treeNodes)
        try store.write(batch)
      }
    }
    #expect(code { _ = try checkState(of: store) } == nil)
  }

  @Test func `the kept heights can be read, and older ones are gone for good`() async throws {
    let folder = try TemporaryFolder()
    let (store, headers) = try await chain(blocks: 40, keptHeights: 5, in: folder)
    defer { store.close() }
    for header in headers {
      let nodes = StoredTreeNodes(store)
      if header.height.number >= 35 {
        let tree = try nodes.tree(of: header)
        try tree.check { leaf in
          let entry = try store.entry(of: leaf)
          #expect(leaf.isOf(key: entry.key, value: entry.value))
        }
      } else {
        #expect(code { _ = try nodes.tree(of: header) } == .stateMismatch)
      }
    }
    #expect(try store.entries(in: .treeStale).count == 5)
    #expect(code { _ = try checkState(of: store) } == nil)
  }

  @Test func `with no history kept, the store holds one tree and nothing else`() async throws {
    let folder = try TemporaryFolder()
    let (store, _) = try await chain(blocks: 40, keptHeights: 0, in: folder)
    defer { store.close() }
    let check = try checkState(of: store)
    #expect(try store.entries(in: .treeNodes).count == check.nodeCount)
    #expect(try store.entries(in: .treeValues).count == check.entryCount)
    #expect(try store.entries(in: .treeStale).isEmpty)
  }

  @Test func `keeping fewer heights than before forgets the rest, two a block`() async throws {
    let folder = try TemporaryFolder()
    let (before, _) = try await chain(blocks: 20, in: folder)
    before.close()
    let (store, _) = try await chain(blocks: 10, keptHeights: 3, in: folder)
    defer { store.close() }
    #expect(try store.oldestStateHeight() == 20)
    #expect(code { _ = try checkState(of: store) } == nil)
  }
}
