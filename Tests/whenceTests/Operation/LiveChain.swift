import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Node
import Primitives
import RunKit
import Storage
import Synchronization
import TestKit
import Testing

@testable import OpenLoRA
@testable import whence

/// A chain's time: it goes on like everybody's, and the test can let windows pass.
final class LiveClock: Sendable {
  private let ahead = Mutex<UInt64>(0)

  var now: BlockTime {
    BlockTime(milliseconds: BlockTime.now().milliseconds + ahead.withLock { $0 })
  }

  func pass(milliseconds: UInt64) { ahead.withLock { $0 += milliseconds } }
}

/// A served run of the tiny model on a node of its own, whose windows end when the test says so,
/// and never before.
struct LiveChain: Sendable {
  static let verifierCount = 4
  /// An hour.
  static let window = Window(milliseconds: 3_600_000, blocks: 1)
  private static let salt = RunKit.digest("salt of requests")

  let folder: TemporaryFolder
  let clock = LiveClock()
  let genesis: Genesis
  let node: LedgerNode
  let run: TinyRun
  /// The folder of each verifier's keys.
  let verifiers: [DataFolder]

  /// Runs `body` beside a node with a run, an adapter, a channel and verifiers on it.
  static func with(
    _ body: @escaping @Sendable (Served) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let verifiers = try (0..<verifierCount).map {
      try DataFolder(at: "\(folder.path)/verifier-\($0)")
    }
    let keys = try verifiers.map { try $0.keyMakingIfNeeded(Self.verifierName) }
    let store = try KeyValueStore(at: "\(folder.path)/chain")
    defer { store.close() }
    let chain = try LiveChain(
      folder, store, genesis: genesis(with: keys), run: try await TinyRun.shared.value, verifiers)
    try await alongside(chain.node.run) {
      // The run's places count on its own being the chain's first blocks.
      let served = try await Served(chain: chain)
      for key in keys {
        try await chain.node.succeed(
          .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))), by: key)
      }
      try await body(served)
    }
  }

  static let verifierName = "verifier"

  /// Lets time pass, and a block say so: the programs' own clocks know nothing of it.
  func pass(milliseconds: UInt64) async throws {
    clock.pass(milliseconds: milliseconds)
    try await node.succeed(
      .transfer(Transfer(to: payer.account, amount: .zero, memo: "")), by: payer)
  }

  private init(
    _ folder: TemporaryFolder, _ store: KeyValueStore, genesis: Genesis, run: TinyRun,
    _ verifiers: [DataFolder]
  ) throws {
    self.folder = folder
    self.genesis = genesis
    self.run = run
    self.verifiers = verifiers
    let clock = clock
    node = try LedgerNode(
      store: store, genesis: genesis, blockInterval: .milliseconds(5), clock: { clock.now })
  }

  /// Every receipt is audited; a panel has all verifiers but the one who opens.
  private static func genesis(with verifiers: [SigningKey]) -> Genesis {
    var genesis = Genesis.testing([builder, payer, host] + contributors + verifiers)
    genesis.time = .now()
    genesis.parameters.datanets.bondWindow = window
    genesis.parameters.datanets.revealWindow = window
    genesis.parameters.receipts.auditRate = .whole
    genesis.parameters.receipts.challengeWindow = Window(milliseconds: 36_000_000, blocks: 1)
    genesis.parameters.disputes.disputeBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.verifierBond = Amount(baseUnits: 10)
    genesis.parameters.disputes.demandDeposit = Amount(baseUnits: 10)
    genesis.parameters.disputes.answerWindow = window
    genesis.parameters.disputes.commitWindow = window
    genesis.parameters.disputes.revealWindow = window
    genesis.parameters.disputes.panelSize = 3
    return genesis
  }

  /// What the customer of its server sees.
  struct Served: Sendable {
    let chain: LiveChain
    let adapter: ServedAdapter
    let channel: Identifier<Channel>

    fileprivate init(chain: LiveChain) async throws {
      self.chain = chain
      let id = try await chain.run.publish(on: chain.node)
      adapter = try await ServedAdapter.load(
        id, from: chain.node, blobs: chain.run.blobs, engine: chain.run.engine,
        weights: TinyRun.weights)
      channel = try await chain.node.open(Amount(baseUnits: 1_000_000), for: host)
    }

    /// The same adapter, whose answers are traced at the adapter that answers: another place than
    /// the run's.
    func tracedElsewhere() async throws -> ServedAdapter {
      var run = chain.run
      run.manifest.tracingAdapter = run.manifest.adapter
      try run.blobs.put(run.manifest.canonicalBytes)
      let elsewhere = try MemoryLedger(.test)
      return try await ServedAdapter.load(
        try await run.publish(on: elsewhere), from: elsewhere, blobs: run.blobs,
        engine: run.engine, weights: TinyRun.weights)
    }

    func server(of adapter: ServedAdapter) throws -> InferenceServer {
      let clock = chain.clock
      return try InferenceServer(
        engine: chain.run.engine, ledger: chain.node, blobs: chain.run.blobs,
        folder: serverFolder, key: host, adapters: [adapter], clock: { clock.now },
        batches: BatchPolicy(receiptMaximum: 8, interval: .milliseconds(20)),
        claimInterval: .milliseconds(200))
    }

    private var serverFolder: String { "\(chain.folder.path)/server" }

    /// Has a question answered in private; returns the order's digest.
    func ask(_ number: UInt64, of server: InferenceServer) async throws -> Digest {
      let body = ChatRequest(
        model: "tiny", messages: [.init(role: .user, content: "q\(number)?")], maximumTokens: 6,
        temperatureInThousandths: 0
      ).body
      let offer = adapter.record.offer
      let order = Order(
        chain: chain.genesis.chain, channel: channel, number: number,
        request: Order.requestDigest(of: body, salt: LiveChain.salt), adapter: adapter.id,
        rateIn: offer.rateIn, rateOut: offer.rateOut,
        terms: chain.genesis.parameters.receipts.terms.digest,
        maximumFee: Amount(baseUnits: 10_000), nonce: Order.nonce(of: LiveChain.salt),
        expiry: BlockTime(milliseconds: chain.clock.now.milliseconds + 3_600_000), isPublic: false
      ).signed(by: payer)
      let paid = PaidRequest(body: body, order: order, salt: LiveChain.salt)
      _ = try await server.complete(paid) { _ in }
      return order.order.signedDigest
    }

    /// Has the server settle another receipt of an answer than it should.
    func forge(
      _ order: Digest, of server: InferenceServer, _ change: (inout Receipt) -> Void
    ) async throws {
      let unsettled = try DocumentFolder(at: "\(serverFolder)/unsettled")
      let answers = try unsettled.names().map { try InferenceServer.answer($0, in: unsettled) }
      let answer = try #require(answers.first { $0.order.order.signedDigest == order })
      var published = try await server.settlement.receipt(for: answer, from: adapter)
      change(&published.receipt)
      try DocumentFolder(at: "\(serverFolder)/receipts")
        .put(published.canonicalBytes, as: order.description)
    }

    /// Has the server show the receipt of one settled order for that of another.
    func show(_ order: Digest, for other: Digest) async throws {
      let receipts = try DocumentFolder(at: "\(serverFolder)/receipts")
      try receipts.put(
        try #require(try receipts.bytes(of: order.description)), as: other.description)
    }

    /// Settles, and serves over HTTP, while `body` runs.
    func serving(
      _ server: InferenceServer, _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
      try await NodeService(ledger: chain.node, inference: server, blobs: chain.run.blobs)
        .serve(body)
    }
  }
}
