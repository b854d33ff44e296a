import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Storage
import Synchronization
import Testing
import TestKit

/// What a server reports.
final class Troubles: Sendable {
  private let list = Mutex<[SettlementTrouble]>([])

  var all: [SettlementTrouble] { list.withLock { $0 } }

  func add(_ trouble: SettlementTrouble) { list.withLock { $0.append(trouble) } }
}

/// What a server is told the time is.
final class Clock: Sendable {
  private let time = Mutex(BlockTime(milliseconds: 1_000_000))

  var now: BlockTime { time.withLock { $0 } }

  func set(_ now: BlockTime) { time.withLock { $0 = now } }
}

/// Something that tests wait for, with a bound that only a fault reaches.
@discardableResult
func eventually<Value>(
  _ value: () async throws -> Value?, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Value {
  let limit = ContinuousClock.now + .seconds(120)
  while .now < limit {
    if let value = try await value() { return value }
    try await Task.sleep(for: .milliseconds(5))
  }
  return try #require(nil as Value?, "it never came", sourceLocation: sourceLocation)
}

/// A customer of a server that offers one adapter of the tiny model.
struct World: Sendable {
  let run: TinyRun
  let genesis: Genesis
  let ledger: MemoryLedger
  let adapter: ServedAdapter
  let channel: Identifier<Channel>
  let folder = TemporaryFolder()
  let troubles = Troubles()

  static let salt = digest("salt of requests")

  static let deposit = Amount(baseUnits: 1_000_000)

  init(on genesis: Genesis = .test, of run: TinyRun? = nil) async throws {
    if let run { self.run = run } else { self.run = try await TinyRun.shared.value }
    self.genesis = genesis
    ledger = try MemoryLedger(genesis)
    let id = try await self.run.publish(on: ledger)
    adapter = try await ServedAdapter.load(
      id, from: ledger, blobs: self.run.blobs, engine: self.run.engine,
      weights: self.run.baseWeights)
    channel = try await ledger.open(World.deposit, for: host)
  }

  func server(
    key: SigningKey = host, account: Identifier<Account> = host.account,
    adapters: [ServedAdapter]? = nil,
    batches: BatchPolicy = BatchPolicy(
      receiptMaximum: 8, interval: .milliseconds(20), patience: .milliseconds(20)),
    retryInterval: Duration = .milliseconds(10),
    clock: @escaping @Sendable () -> BlockTime = { BlockTime(milliseconds: 1_000_000) }
  ) throws -> InferenceServer {
    try InferenceServer(
      engine: run.engine, ledger: ledger, blobs: run.blobs, folder: folder.path, key: key,
      account: account, adapters: adapters ?? [adapter], clock: clock,
      batches: batches, retryInterval: retryInterval, report: troubles.add)
  }

  /// Runs `body` while the server settles.
  func settling<Value>(
    _ server: InferenceServer, _ body: () async throws -> Value
  ) async throws -> Value {
    let work = Task { try await server.run() }
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    // Nothing computes any more when the test ends.
    work.cancel()
    _ = await work.result
    return try result.get()
  }

  func receipt(_ order: SignedOrder, from server: InferenceServer) async throws -> PublishedReceipt
  {
    let envelope = try await eventually {
      try await server.receipt(ofOrder: order.order.signedDigest)
    }
    return try #require(envelope.receipt(openedBy: [host, payer]))
  }

  var verifier: ReceiptVerifier {
    ReceiptVerifier(ledger: ledger, blobs: run.blobs, tokenizer: run.engine.tokenizer)
  }

  // MARK: - Asking

  func body(
    _ question: String = "q1?", tokens: UInt32 = 6, temperature: UInt32 = 0,
    passages: UInt32? = nil
  ) -> [UInt8] {
    ChatRequest(
      model: "tiny", messages: [.init(role: .user, content: question)], maximumTokens: tokens,
      sampling: ChatSampling(temperature: temperature), passageLimit: passages
    ).body
  }

  func order(
    _ number: UInt64 = 1, for body: [UInt8], by key: SigningKey = payer,
    salt: Digest = World.salt, edit: (inout Order) -> Void = { _ in }
  ) -> SignedOrder {
    let offer = adapter.record.offer
    var order = Order(
      chain: genesis.chain, channel: channel, number: number,
      request: Order.requestDigest(of: body, salt: salt), adapter: adapter.id,
      rateIn: offer.rateIn, rateOut: offer.rateOut,
      terms: genesis.parameters.receipts.terms.digest, maximumFee: Amount(baseUnits: 10_000),
      nonce: Order.nonce(of: salt), expiry: BlockTime(milliseconds: 100_000_000),
      isPublic: false)
    edit(&order)
    return order.signed(by: key)
  }

  func paid(_ number: UInt64 = 1, tokens: UInt32 = 6) -> PaidRequest {
    let body = body(tokens: tokens)
    return PaidRequest(body: body, order: order(number, for: body), salt: World.salt)
  }

  // MARK: - What must not change

  /// Every entry of the ledger, and every answer on disk that waits.
  func everything() async throws -> [String] {
    let entries = try await ledger.entries(withPrefix: [], after: nil, limit: .max)
    return entries.map { "\($0.key) \($0.value)" } + (try unsettled())
  }

  func unsettled() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/unsettled").sorted()
  }

  func setAside() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/set-aside").sorted()
  }
}
