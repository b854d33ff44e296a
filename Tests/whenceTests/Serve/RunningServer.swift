import CanonicalCoding
import ClientAPI
import Foundation
import Ledger
import Networking
import Node
import NodeHTTP
import OpenLoRA
import Primitives
import RunKit
import Storage
import Testing

@testable import whence

/// A data folder with a chain on which the tiny run's adapter is offered, and its server's key.
struct ServeFolder: Sendable {
  /// Removed with the last test that holds this.
  let folder: TemporaryFolder
  let genesis: Genesis
  let adapter: Identifier<Adapter>
  /// Of the same run, offered as "other".
  let other: Identifier<Adapter>
  /// Of the payer, to the server.
  let channel: Identifier<Channel>

  var path: String { "\(folder.path)/data" }
  var configurationFile: String { "\(folder.path)/serve.json" }

  init() async throws {
    let folder = try TemporaryFolder()
    let data = try DataFolder(at: "\(folder.path)/data")
    var genesis = Genesis.testing([builder, payer, host] + contributors)
    genesis.time = .now()
    try data.keep(genesis)
    for (name, seed) in [(LocalInference.serverName, UInt8(3)), ("customer", 2)] {
      try DocumentFolder(at: "\(data.path)/keys")
        .put([UInt8](repeating: seed, count: 32), as: name)
    }
    let run = try await TinyRun.shared.value
    _ = try run.blobs(at: data.blobs.path)
    let store = try data.openStore()
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: genesis, blockInterval: .milliseconds(5))
    (adapter, other, channel) = try await alongside(node.run) {
      let adapter = try await run.publish(on: node)
      var offer = try #require(try await node.record(.adapter(adapter))).offer
      offer.name = "other"
      return (
        adapter, try await node.make(.publishAdapter(offer), by: builder),
        try await node.open(Amount(baseUnits: 10_000_000), for: host)
      )
    }
    self.folder = folder
    self.genesis = genesis
  }

  /// Writes the configuration; the members come after those that every test needs.
  func configure(_ members: String = "", blockMilliseconds: Int = 5) throws {
    let rest = members.isEmpty ? "" : ", \(members)"
    try Data(
      """
      {"listen": {"port": 0}, "data": "\(path)", "model": "\(BuiltProgram.model(in: folder.path))",
       "node": {"block_interval_ms": \(blockMilliseconds)}\(rest)}
      """.utf8
    ).write(to: URL(filePath: configurationFile))
  }

  /// Puts a transaction into the chain while no process has it.
  func submit(_ transaction: Transaction) async throws {
    try await onChain { node in
      let outcome = try await node.submit(transaction)
      if let rejection = outcome.rejection { throw Rejected(rejection: rejection) }
    }
  }

  /// Does something with the chain while no process has it.
  func onChain<Result: Sendable>(
    _ body: @escaping @Sendable (LedgerNode) async throws -> Result
  ) async throws -> Result {
    let store = try DataFolder(existing: path).openStore()
    defer { store.close() }
    let node = try LedgerNode(store: store, genesis: genesis, blockInterval: .milliseconds(5))
    return try await alongside(node.run) { try await body(node) }
  }

  func start() throws -> RunningServer {
    try RunningServer(
      ["serve", "--config", configurationFile],
      environment: BuiltProgram.environment(in: folder.path))
  }

  /// Serves the folder without a configuration.
  func startNode() throws -> RunningServer {
    try RunningServer(
      ["node", "--data", path, "--port", "0", "--block-interval", "5"],
      environment: BuiltProgram.environment(in: folder.path))
  }

  /// A request of the payer, with its order.
  func paid(
    _ number: UInt64, tokens: UInt32 = 6, isStreaming: Bool = false
  ) throws -> PaidRequest {
    let body = ChatRequest(
      model: "tiny", messages: [.init(role: .user, content: "q\(number)?")],
      maximumTokens: tokens, sampling: ChatSampling(temperature: 0), isStreaming: isStreaming
    ).body
    let salt = digest("salt of \(number)")
    let order = Order(
      chain: genesis.chain, channel: channel, number: number,
      request: Order.requestDigest(of: body, salt: salt), adapter: adapter,
      rateIn: Amount(baseUnits: 7_000), rateOut: Amount(baseUnits: 90_000),
      terms: genesis.parameters.receipts.terms.digest, maximumFee: Amount(baseUnits: 50_000),
      nonce: Order.nonce(of: salt),
      expiry: BlockTime(milliseconds: BlockTime.now().milliseconds + 3_600_000), isPublic: true)
    return PaidRequest(body: body, order: order.signed(by: payer), salt: salt)
  }
}

/// The program at work in a process of its own, with what it says.
final class RunningServer: Sendable {
  private let process = Process()
  /// A file holds all that was said once the process has ended; of a pipe's reader that is not sure.
  private let output = NSTemporaryDirectory() + "whence-said-\(UUID().uuidString)"

  init(_ arguments: [String], environment: [String: String]) throws {
    try Data().write(to: URL(filePath: output))
    let file = try FileHandle(forWritingTo: URL(filePath: output))
    process.executableURL = URL(filePath: BuiltProgram.path)
    process.arguments = arguments
    process.environment = environment
    process.standardOutput = file
    process.standardError = file
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(atPath: output)
  }

  /// All that it has said.
  var words: String {
    String(decoding: (try? Data(contentsOf: URL(filePath: output))) ?? Data(), as: UTF8.self)
  }

  /// Where it answers, once it does.
  func base() async throws -> String {
    try await eventually {
      try #require(process.isRunning, "\(words)")
      return words.split(separator: "\n", omittingEmptySubsequences: false).dropLast().lazy
        .compactMap(NodeAnnouncement.init(line:)).first?.base
    } saying: {
      words
    }
  }

  func says(_ text: String) async throws {
    _ = try await eventually {
      words.contains(text) ? true : nil
    } saying: {
      words
    }
  }

  func send(_ number: Int32) {
    if process.isRunning { kill(process.processIdentifier, number) }
  }

  /// Waits for the end: the exit status, or minus the signal that was the end.
  func end() async -> Int32 {
    await onOwnThread { [process] in
      process.waitUntilExit()
      return process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus
    }
  }
}
