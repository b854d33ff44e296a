import ClientAPI
import Cryptography
import Foundation
import Ledger
import Networking
import Node
import NodeHTTP
import Primitives

/// Many clients at once for a long time, some of whom vanish, stall and send junk, against a server that
/// is killed on the way; then the books are compared with the ledger.
actor Soak {
  struct Settings: Sendable {
    var streams = 500
    var seconds = 1800
    var kills = 1
    var seed: UInt64 = 1
  }

  /// What it came to.
  struct Summary: Sendable {
    var counts: SoakBooks.Counts
    var orders: Int
    var settled: Int
    var fees: Amount
    var faults: [String]
    var holdingsBegin: (bytes: Int, files: Int)
    var holdingsEnd: (bytes: Int, files: Int)
    var exitStatus: Int32
    var seconds: Double
  }

  private static let channelsOfPayer = 20

  private let settings: Settings
  private let server: SoakServer
  private let operatorKey: KeyRing.Entry
  private let books = SoakBooks()
  private var random: SeededGenerator
  private var channels: [SoakChannel] = []
  private var deposit = Amount.zero

  /// - Parameter data: a node's folder with an adapter; its operator pays for everything.
  init(program: String, data: DataFolder, folder: String, settings: Settings) throws {
    self.settings = settings
    operatorKey = try data.keys.existing(DemoChain.operatorName)
    server = try SoakServer(
      program: program, data: data.path, folder: folder, streams: settings.streams)
    random = SeededGenerator(seed: settings.seed)
  }

  /// - Parameter progress: the part that is over, and a word about it.
  /// - Throws: `CommandFailure` or `OperationFailure` if it can't be begun or ended.
  func run(progress: @escaping @Sendable (Double, String) -> Void) async throws -> Summary {
    let start = ContinuousClock.now
    try await server.start()
    let inference = HTTPInferenceClient(base: server.base)
    guard let model = try await inference.models().first(where: { $0.baseModel != "" }) else {
      throw CommandFailure(.modelMissing, "the folder has no adapter to answer with")
    }
    let ledger = HTTPLedgerClient(base: server.base)
    try await openChannels(to: model, ledger)
    let begin = try await work(model, progress)
    progress(1, "settling")
    let settled = try await settledOrders()
    let spent = try await spent(HTTPLedgerClient(base: server.base))
    var faults = SoakBooks.faults(in: books.all, settled: settled, spent: spent)
    faults += books.counts.wrong
    let end = server.holdings() ?? (0, 0)
    let exit = await server.stop()
    if exit != 0 { faults.append("the server ended with status \(exit)") }
    return Summary(
      counts: books.counts, orders: books.all.count, settled: settled.count,
      fees: settled.values.reduce(.zero) { (try? $0.adding($1.fee)) ?? $0 }, faults: faults,
      holdingsBegin: begin, holdingsEnd: end, exitStatus: exit,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// Lets all clients at the server, and kills it now and then.
  /// - Returns: what it held once it was warm after the last start.
  private func work(
    _ model: ModelListing, _ progress: @escaping @Sendable (Double, String) -> Void
  ) async throws -> (bytes: Int, files: Int) {
    let (server, books, settings) = (server, books, settings)
    let status = try await HTTPLedgerClient(base: server.base).status()
    let streams = channels.map { channel in
      SoakStream(
        signer: PayerSigner(
          chain: status.chain.id, channel: channel.id, parameters: status.parameters,
          key: channel.payer),
        model: model, firstNumber: 1, books: books, seed: random.next())
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for stream in streams { group.addTask { await stream.run { server.base } } }
      var warm: (bytes: Int, files: Int)?
      let phase = Duration.seconds(settings.seconds) / (settings.kills + 1)
      for part in 0...settings.kills {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < phase {
          try await Task.sleep(for: .milliseconds(500))
          let inPart = (ContinuousClock.now - begin) / phase
          if part == settings.kills, warm == nil, inPart > 0.25 { warm = server.holdings() }
          progress(
            (Double(part) + min(inPart, 1)) / Double(settings.kills + 1),
            "\(books.counts.answered) answered")
        }
        guard part < settings.kills else { break }
        await server.kill()
        try await server.start()
      }
      group.cancelAll()
      try await group.waitForAll()
      return warm ?? (0, 0)
    }
  }

  // MARK: - The ledger

  /// A channel for each client.
  private func openChannels(to model: ModelListing, _ ledger: any LedgerClient) async throws {
    deposit = Amount.tokens(10)
    let purse = Amount.tokens(UInt128(Self.channelsOfPayer) * 10 + 10)
    let funder = SoakPayer(key: operatorKey.key, account: operatorKey.account)
    var opened: [SoakChannel] = []
    while opened.count < settings.streams {
      let seed = (0..<SigningKey.seedByteCount).map { _ in UInt8(random.next(below: 256)) }
      guard let key = SigningKey(seed: seed) else { preconditionFailure("a seed has 32 bytes") }
      let payer = SoakPayer(key: key)
      try await funder.fund(payer, with: purse, on: ledger)
      opened += try await payer.open(
        min(Self.channelsOfPayer, settings.streams - opened.count), to: model.server,
        deposit: deposit, on: ledger)
    }
    channels = opened
  }

  /// Waits until nothing more settles, and asks for the receipt of every order.
  private func settledOrders() async throws -> [Digest: SoakBooks.Settled] {
    let inference = HTTPInferenceClient(base: server.base)
    let ledger = HTTPLedgerClient(base: server.base)
    // Quiet for a minute: attribution comes after answers, one after the other.
    var last = try await spent(ledger)
    var quietSince = ContinuousClock.now
    while ContinuousClock.now - quietSince < .seconds(60) {
      try await Task.sleep(for: .seconds(2))
      let now = try await spent(ledger)
      if now != last { (last, quietSince) = (now, .now) }
    }
    let keys = Dictionary(channels.map { ($0.id, $0.payer) }) { first, _ in first }
    var settled: [Digest: SoakBooks.Settled] = [:]
    for (digest, entry) in books.all {
      let found: ReceiptEnvelope?
      do {
        found = try await inference.receipt(ofOrder: digest)
      } catch {
        // Never settled: a fault if its payer has the whole answer, and the channels show what left them.
        books.refuse("receipt: \(error.code.rawValue)")
        continue
      }
      guard let key = keys[entry.order.channel], let envelope = found else { continue }
      guard let published = envelope.receipt(openedBy: [key]) else {
        books.wrong("\(digest): the receipt does not open for its payer")
        continue
      }
      settled[digest] = (published.receipt.fee, published.receipt.tokensOut)
    }
    return settled
  }

  /// What has left each channel.
  private func spent(_ ledger: any LedgerClient) async throws -> [Identifier<Channel>: Amount] {
    var spent: [Identifier<Channel>: Amount] = [:]
    for channel in channels {
      let held = try await ledger.balance(of: .channelEscrow(channel.id))
      spent[channel.id] = try deposit.subtracting(held)
    }
    return spent
  }
}
