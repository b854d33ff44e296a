import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import Node
import Primitives
import Storage
import Synchronization
import Testing

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(
      path: "whence-node-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A clock that tests move.
final class TestClock: Sendable {
  private let time = Mutex(BlockTime(milliseconds: 1_000_000))

  func now() -> BlockTime { time.withLock { $0 } }

  func advance(milliseconds: UInt64) {
    time.withLock { $0 = BlockTime(milliseconds: $0.milliseconds + milliseconds) }
  }
}

let payer = SigningKey.test(1)
let friend = SigningKey.test(2)

extension SigningKey {
  static func test(_ number: UInt8) -> SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: number, count: 32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    return key
  }

  var account: Identifier<Account> { Identifier(publicKey) }
}

extension Genesis {
  static let test = Genesis(
    name: "node", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
    allocations: [payer, friend].map {
      Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: 1_000_000))
    }.sorted { $0.publicKey < $1.publicKey },
    parameters: LedgerParameters(
      accounts: AccountParameters(minimumGasPrice: .zero),
      models: ModelParameters(minimumRunBond: .zero),
      channels: ChannelParameters(closingWindow: Window(milliseconds: 1000, blocks: 2)),
      receipts: ReceiptParameters(
        platformFee: .zero, split: .standard, challengeWindow: Window(milliseconds: 1000, blocks: 2)
      )))
}

/// Runs `body` beside a running node over the store in `folder`, and closes both behind it.
func withNode<Value: Sendable>(
  in folder: TemporaryFolder, genesis: Genesis = .test, clock: TestClock = TestClock(),
  keptHeights: UInt64 = 1000,
  _ body: @Sendable @escaping (LedgerNode) async throws -> Value
) async throws -> Value {
  let store = try KeyValueStore(at: folder.path)
  defer { store.close() }
  let node = try LedgerNode(
    store: store, genesis: genesis, blockInterval: .milliseconds(2),
    keptHeights: keptHeights, clock: { clock.now() })
  return try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask {
      try? await node.run()
      return nil
    }
    group.addTask { try await body(node) }
    defer { group.cancelAll() }
    while let value = try await group.next() {
      if let value { return value }
    }
    throw CancellationError()
  }
}

func transfer(_ amount: UInt128, to key: SigningKey = friend) -> Message {
  .transfer(Transfer(to: key.account, amount: Amount(baseUnits: amount), memo: ""))
}

/// A signed transaction with a sequence of the test's choice.
func transaction(
  _ message: Message, by key: SigningKey, sequence: UInt64, chain: Identifier<Chain>
) -> Transaction {
  TransactionContent(
    chain: chain, publicKey: key.publicKey, sequence: sequence, fee: Amount(baseUnits: 1),
    expiry: Height(1_000_000), message: message
  ).signed(by: key)
}
