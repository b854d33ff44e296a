internal import CanonicalCoding
internal import ClientAPI
internal import Dispatch
internal import Foundation
internal import Ledger
internal import Node
internal import Primitives
internal import Storage
internal import Synchronization

/// A node over a store of its own, given transactions as fast as it takes them.
///
/// Every transfer goes the whole way: its bytes are decoded and its signature checked, it waits in
/// the mempool, is executed in a block of at most every 200 ms, and is answered once state, tree,
/// block and outcome are synced to disk.
struct NodeUnderLoad: Sendable {
  /// How many transactions wait for their answers at once; below what the mempool holds.
  static let inFlight = 18_000

  let chain: BenchmarkChain
  let node: LedgerNode

  /// Runs `body` beside a running node, in a new folder that is removed behind it.
  static func run<Value: Sendable>(
    on chain: BenchmarkChain, in folder: String,
    _ body: @Sendable @escaping (NodeUnderLoad) async throws -> Value
  ) async throws -> Value {
    let path = folder + "/whence-bench-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let store = try KeyValueStore(at: path)
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: chain.genesis)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try? await node.run()
        return nil
      }
      group.addTask { try await body(NodeUnderLoad(chain: chain, node: node)) }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  /// Submits transfers that are signed already, from as many threads as there are cores, and waits
  /// until all are durable.
  ///
  /// - Precondition: fewer than ``inFlight`` transfers lie between two of one account.
  func submit(_ transfers: [[UInt8]]) async -> Cost {
    let start = (ProcessorClock.wallSeconds(), ProcessorClock.processorSeconds())
    let node = node
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        let room = DispatchSemaphore(value: Self.inFlight)
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) {
          _ in
          while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < transfers.count else { return }
            room.wait()
            node.submit(canonicalBytes: transfers[index]) { answer in
              guard case .success(let outcome) = answer, outcome.rejection == nil else {
                preconditionFailure("every transfer of the load succeeds")
              }
              room.signal()
            }
          }
        }
        for _ in 0..<Self.inFlight { room.wait() }
        for _ in 0..<Self.inFlight { room.signal() }
        continuation.resume()
      }
    }
    return Cost.since(start, count: transfers.count)
  }
}
