import ClientAPI
import Cryptography
import Foundation
import Ledger
import Networking
import Node
import NodeHTTP
import Primitives
import Storage

/// Kills a node without warning, again and again over one folder, and looks at what it left.
///
/// What is sent follows from the seed; when the kill comes, and so what it hits, does not.
final class CrashLoop {
  struct Summary: Sendable {
    let runs: Int
    let acknowledged: Int
    /// In a block, though the kill came before the answer.
    let unanswered: Int
    let header: BlockHeader
  }

  private let program: String
  private let folder: String
  private let runs: Int
  private let http = HTTPClient()
  private var random: SeededGenerator
  private var senders: [CrashSender]
  private var books: CrashBooks?
  /// Everything acknowledged since the first run.
  private var acknowledged: [EnteredTransfer] = []
  private var unanswered = 0
  /// How long the node took to start, last time.
  private var startUp = Duration.milliseconds(150)

  /// - Parameters:
  ///   - program: the `whence` to kill.
  ///   - folder: where its data goes; must be empty.
  init(program: String, folder: String, runs: Int, seed: UInt64, accounts: Int = 32) {
    self.program = program
    self.folder = folder
    self.runs = runs
    var random = SeededGenerator(seed: seed)
    senders = (0..<accounts).map { _ in
      let bytes = (0..<SigningKey.seedByteCount).map { _ in UInt8(random.next(below: 256)) }
      guard let key = SigningKey(seed: bytes) else { preconditionFailure("a seed has 32 bytes") }
      return CrashSender(key: key, seed: random.next())
    }
    self.random = random
  }

  /// Runs it all, about half a second a run.
  /// - Throws: ``OperationFailure`` for the first thing that is not as it was promised.
  func run(progress: (Int, Int) -> Void) async throws -> Summary {
    for run in 0..<runs {
      // The first two hit the making of the chain; the last must leave something to look at.
      let isEarly = run < runs - 1 && (run < 2 || random.next(below: 5) == 0)
      if isEarly { try await killStarting() } else { try await killWorking() }
      progress(run + 1, acknowledged.count)
    }
    let last = try await stopGently()
    guard !acknowledged.isEmpty else {
      throw OperationFailure(.nothingProved, "no transaction was acknowledged; run it longer")
    }
    let replayed = try await lookBack()
    guard replayed == last else {
      throw OperationFailure(
        .rootsDiffer,
        "the node ended with root \(last.stateRoot), a replay gives another header "
          + "with root \(replayed.stateRoot)")
    }
    return Summary(
      runs: runs, acknowledged: acknowledged.count, unanswered: unanswered, header: last)
  }

  // MARK: - One run

  /// Kills the node somewhere between its first instruction and its first request.
  private func killStarting() async throws {
    let node = try start()
    try await Task.sleep(for: drawnDelay(below: startUp))
    node.send(SIGKILL)
    _ = await node.end()
  }

  /// Kills the node while every account has a transaction in flight.
  private func killWorking() async throws {
    let node = try start()
    defer { node.send(SIGKILL) }
    let client = try await ready(node)
    try await check(against: client)
    let context = try await context(client)
    try await fund(context, client)
    let delay = drawnDelay(below: .milliseconds(400))
    let killing = Task {
      try await Task.sleep(for: delay)
      node.send(SIGKILL)
    }
    defer { killing.cancel() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sender in senders {
        group.addTask { try await sender.sendUntilGone(to: client, in: context) }
      }
      try await group.waitForAll()
    }
    _ = await node.end()
  }

  /// Starts the node once more, looks, and stops it as an operator would.
  private func stopGently() async throws -> BlockHeader {
    let node = try start()
    defer { node.send(SIGKILL) }
    let client = try await ready(node)
    try await check(against: client)
    let header = try await client.status().header
    node.send(SIGTERM)
    let status = await node.end()
    guard status == 0 else {
      throw OperationFailure(.nodeFailed, "the node ended with status \(status) when told to stop")
    }
    return header
  }

  // MARK: - The node

  private func start() throws -> NodeProcess {
    try NodeProcess(program: program, data: folder)
  }

  /// Waits until the node serves, and checks that it says the same over HTTP as on its terminal.
  private func ready(_ node: NodeProcess) async throws -> any LedgerClient {
    let start = ContinuousClock.now
    let announcement = try await node.announcement()
    startUp = ContinuousClock.now - start
    let client = HTTPLedgerClient(base: announcement.base, client: http)
    let header = try await client.status().header
    guard header.height == announcement.height, header.stateRoot == announcement.root else {
      throw OperationFailure(
        .rootsDiffer, "\(announcement), but over HTTP the root is \(header.stateRoot)")
    }
    return client
  }

  private func context(_ client: any LedgerClient) async throws -> CrashSender.Context {
    let status = try await client.status()
    return CrashSender.Context(
      chain: status.chain.id, parameters: status.parameters,
      recipients: senders.map(\.account))
  }

  /// The operator, who is the last sender, gives a thousand tokens to whoever has next to nothing.
  private func fund(
    _ context: CrashSender.Context, _ client: any LedgerClient
  ) async throws {
    let poor = senders.map(\.account).filter {
      (books?.balance(of: $0) ?? .zero) < Amount.tokens(10)
    }
    let gift = Amount.tokens(1000)
    guard let payer = senders.last else { return }
    let gifts = poor.map { Transfer(to: $0, amount: gift, memo: "fund") }
    guard try await payer.sendAll(gifts, to: client, in: context) else {
      throw OperationFailure(.nodeFailed, "the node went away by itself")
    }
  }

  private func drawnDelay(below bound: Duration) -> Duration {
    .microseconds(random.next(below: UInt64(max(1, bound / .microseconds(1)))))
  }
}

// MARK: - What is checked

extension CrashLoop {
  /// Compares what a restarted node says with every answer that its predecessor gave.
  private func check(against client: any LedgerClient) async throws {
    try meetOperatorIfNeeded()
    var entered: [EnteredTransfer] = []
    for sender in senders {
      if let settled = try await sender.settlePending(with: client) {
        entered.append(settled)
        unanswered += 1
      }
      let answered = await sender.takeAcknowledged()
      for transfer in answered { try await check(transfer, in: client) }
      entered += answered
      acknowledged += answered
    }
    try books?.enter(entered)
    let height = try await client.status().header.height
    guard height == books?.height else {
      throw OperationFailure(
        .booksDiffer,
        "the chain's height is \(height.number), the books' "
          + "\(books?.height.number ?? 0)")
    }
    for sender in senders { try await check(sender, in: client) }
  }

  /// The first node makes the chain and its operator, who then is one of the senders.
  private func meetOperatorIfNeeded() throws {
    guard books == nil else { return }
    let data = try DataFolder(at: folder)
    guard let genesis = try data.genesis(),
      let key = try data.key(DevelopmentChain.operatorName)
    else { throw OperationFailure(.noChain, "the node serves, and made no chain in \(folder)") }
    senders.append(CrashSender(key: key, seed: random.next()))
    books = CrashBooks(allocations: genesis.allocations)
  }

  private func check(
    _ transfer: EnteredTransfer, in ledger: any LedgerClient
  ) async throws {
    let found = try await ledger.outcome(of: transfer.outcome.id)
    guard found == transfer.outcome else {
      throw OperationFailure(
        .acknowledgementBroken,
        "transaction \(transfer.outcome.id) was acknowledged at height "
          + "\(transfer.outcome.height.number), and is "
          + (found.map { "now at \($0.height.number), \($0.result)" } ?? "gone"))
    }
  }

  private func check(_ sender: CrashSender, in client: any LedgerClient) async throws {
    let sequence = try await client.nextSequence(of: sender.account)
    let balance = try await client.balance(of: .account(sender.account))
    let known = await sender.sequence
    guard sequence == known, sequence == books?.sequence(of: sender.account),
      balance == books?.balance(of: sender.account)
    else {
      throw OperationFailure(
        .booksDiffer,
        "account \(sender.account) has \(balance) after \(sequence) transactions, "
          + "the books have \(books?.balance(of: sender.account) ?? .zero) after "
          + "\(known)")
    }
  }

  /// Without any node: executes the chain again from genesis, and finds in its blocks everything
  /// that was ever acknowledged.
  private func lookBack() async throws -> BlockHeader {
    let header = try ChainReplay(path: folder).run()
    let data = try DataFolder(at: folder)
    guard let genesis = try data.genesis() else {
      throw OperationFailure(.noChain, "\(folder) has lost its genesis")
    }
    let store = try data.openStore()
    defer { store.close() }
    let ledger = try LedgerNode(store: store, genesis: genesis)
    let byHeight = Dictionary(grouping: acknowledged, by: \.outcome.height)
    for (height, transfers) in byHeight.sorted(by: { $0.key < $1.key }) {
      let transactions = try await ledger.block(at: height)?.transactions ?? []
      for transfer in transfers {
        try await check(transfer, in: ledger)
        let index = Int(transfer.outcome.index)
        guard transactions.indices.contains(index), transactions[index] == transfer.transaction
        else {
          throw OperationFailure(
            .acknowledgementBroken,
            "block \(height.number) lacks transaction "
              + "\(transfer.outcome.id)")
        }
      }
    }
    return header
  }
}
