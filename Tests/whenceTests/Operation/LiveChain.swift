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

/// A node of its own with verifiers on it, whose windows end when the test says so, and never before.
struct LiveChain: Sendable {
  static let verifierCount = 4
  /// An hour.
  static let window = Window(milliseconds: 3_600_000, blocks: 1)
  private static let salt = RunKit.digest("salt of requests")

  let folder: TemporaryFolder
  let clock = LiveClock()
  let genesis: Genesis
  let node: LedgerNode
  /// The folder of each verifier's keys.
  let verifiers: [DataFolder]

  /// Runs `body` beside a node on which nothing has been done.
  static func with<Result: Sendable>(
    _ body: @escaping @Sendable (LiveChain) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder()
    let store = try KeyValueStore(at: "\(folder.path)/chain")
    defer { store.close() }
    let chain = try LiveChain(folder, store)
    return try await alongside(chain.node.run) { try await body(chain) }
  }

  /// Runs `body` beside a node with a run, an adapter, a channel and verifiers on it.
  static func serving(
    _ body: @escaping @Sendable (Served) async throws -> Void
  ) async throws {
    try await with { chain in
      // The run's places count on its own being the chain's first blocks.
      let served = try await Served(chain: chain, run: TinyRun.shared.value)
      try await chain.registerVerifiers()
      try await body(served)
    }
  }

  /// Panels are drawn of them.
  func registerVerifiers() async throws {
    for folder in verifiers {
      try await node.succeed(
        .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))),
        by: folder.keys.existing(Self.verifierName).key)
    }
  }

  static let verifierName = "verifier"

  /// Lets time pass, and a block say so: the programs' own clocks know nothing of it.
  func pass(milliseconds: UInt64) async throws {
    clock.pass(milliseconds: milliseconds)
    try await node.succeed(
      .transfer(Transfer(to: payer.account, amount: .zero, memo: "")), by: payer)
  }

  /// Waits until a dispute is answered and all of its panel have committed to their verdicts.
  func committed(
    _ id: Identifier<Dispute>, saying words: () -> String
  ) async throws -> [PanelSeat] {
    _ = try await eventually {
      try await node.record(.dispute(id))?.accusedGrounds
    } saying: {
      words()
    }
    try await pass(milliseconds: 2_000)
    return try await eventually {
      let panel = try await node.record(.dispute(id))?.panel ?? []
      return panel.count == 3 && panel.allSatisfy { $0.commitment != nil } ? panel : nil
    } saying: {
      words()
    }
  }

  /// Lets the windows of such a dispute pass, and returns the verdicts and what becomes of it.
  func closed(
    _ id: Identifier<Dispute>, saying words: () -> String
  ) async throws -> (verdicts: [Verdict], outcome: DisputeOutcome) {
    try await pass(milliseconds: Self.window.milliseconds)
    let verdicts = try await eventually {
      let verdicts = try await node.record(.dispute(id))?.panel.compactMap(\.verdict) ?? []
      return verdicts.count == 3 ? verdicts : nil
    } saying: {
      words()
    }
    try await pass(milliseconds: Self.window.milliseconds)
    let outcome = try await eventually { try await node.record(.dispute(id))?.outcome }
    return (verdicts, outcome)
  }

  private init(_ folder: TemporaryFolder, _ store: KeyValueStore) throws {
    self.folder = folder
    verifiers = try (0..<Self.verifierCount).map {
      try DataFolder(at: "\(folder.path)/verifier-\($0)")
    }
    genesis = Self.genesis(
      with: try verifiers.map { try $0.keyMakingIfNeeded(Self.verifierName) })
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
    let run: TinyRun
    let adapter: ServedAdapter
    let channel: Identifier<Channel>

    fileprivate init(chain: LiveChain, run: TinyRun) async throws {
      self.chain = chain
      self.run = run
      let id = try await run.publish(on: chain.node)
      adapter = try await ServedAdapter.load(
        id, from: chain.node, blobs: run.blobs, engine: run.engine, weights: TinyRun.weights)
      channel = try await chain.node.open(Amount(baseUnits: 1_000_000), for: host)
    }

    /// The same adapter, whose answers are traced at the adapter that answers: another place than
    /// the run's.
    func tracedElsewhere() async throws -> ServedAdapter {
      var run = run
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
        engine: run.engine, ledger: chain.node, blobs: run.blobs,
        folder: serverFolder, key: host, adapters: [adapter], clock: { clock.now },
        // Answers that wait together are settled in one batch, however slow the machine.
        batches: BatchPolicy(
          receiptMaximum: 8, interval: .milliseconds(20), patience: .seconds(600)),
        claimInterval: .milliseconds(200))
    }

    private var serverFolder: String { "\(chain.folder.path)/server" }

    /// Has a question answered in private; returns the order's digest.
    /// - Parameters:
    ///   - key: the one that signs the orders on a channel.
    ///   - other: another channel than ``channel``.
    func ask(
      _ number: UInt64, of server: InferenceServer, by key: SigningKey = payer,
      on other: Identifier<Channel>? = nil
    ) async throws -> Digest {
      let body = ChatRequest(
        model: "tiny", messages: [.init(role: .user, content: "q\(number)?")], maximumTokens: 6,
        sampling: ChatSampling(temperature: 0)
      ).body
      let offer = adapter.record.offer
      let order = Order(
        chain: chain.genesis.chain, channel: other ?? channel, number: number,
        request: Order.requestDigest(of: body, salt: LiveChain.salt), adapter: adapter.id,
        rateIn: offer.rateIn, rateOut: offer.rateOut,
        terms: chain.genesis.parameters.receipts.terms.digest,
        maximumFee: Amount(baseUnits: 10_000), nonce: Order.nonce(of: LiveChain.salt),
        expiry: BlockTime(milliseconds: chain.clock.now.milliseconds + 3_600_000), isPublic: false
      ).signed(by: key)
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
      try await NodeService(ledger: chain.node, inference: server, blobs: run.blobs)
        .serve(body)
    }
  }
}

/// Something that tests wait for, with a bound that only a fault reaches.
func eventually<Value>(
  _ value: () async throws -> Value?, saying words: () -> String = { "it never came" },
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Value {
  for _ in 0..<2_400 {
    if let value = try await value() { return value }
    try await Task.sleep(for: .milliseconds(50))
  }
  return try #require(nil as Value?, "\(words())", sourceLocation: sourceLocation)
}
