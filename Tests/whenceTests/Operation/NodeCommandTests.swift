import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

/// Starts the real program, and reads what it says.
@Suite(.serialized, .timeLimit(.minutes(10))) struct NodeCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `a node makes a chain, serves it, and starts again where it stopped`() async throws {
    let first = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { first.send(SIGKILL) }
    let beginning = try await first.announcement()
    let client = HTTPLedgerClient(base: beginning.base)
    let key = try #require(try DataFolder(at: folder.path).key(DevelopmentChain.operatorName))
    let outcome = try await client.send(
      .transfer(Transfer(to: Identifier(Entropy.digest()), amount: .zero, memo: "")), by: key)
    let header = try await client.status().header
    first.send(SIGTERM)

    #expect(beginning.height == .genesis && outcome.height == Height(1))
    #expect(await first.end() == 0)
    #expect(try ChainReplay(path: folder.path).run() == header)

    // The store knows its own genesis, so a lost file is no new beginning.
    try FileManager.default.removeItem(atPath: folder.path + "/genesis")
    let second = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { second.send(SIGKILL) }
    let again = try await second.announcement()
    second.send(SIGINT)
    #expect(again.height == header.height && again.root == header.stateRoot)
    #expect(await second.end() == 0)
  }

  @Test func `a second node gets neither the folder nor the port, and the first goes on`()
    async throws
  {
    let first = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { first.send(SIGKILL) }
    let ready = try await first.announcement()
    let port = try #require(ready.base.split(separator: ":").last.flatMap { UInt16($0) })

    let sameFolder = try await BuiltProgram.refusal(data: folder.path)
    #expect(sameFolder.words.contains("whence: locked: ") && sameFolder.status == 1)
    let other = try TemporaryFolder()
    let samePort = try await BuiltProgram.refusal(data: other.path, port: port)
    #expect(samePort.words.contains("whence: port_in_use: ") && samePort.status == 1)

    #expect(try await HTTPLedgerClient(base: ready.base).status().header.height == .genesis)
    first.send(SIGTERM)
    #expect(await first.end() == 0)
  }

  @Test func `a genesis that can't be read is refused and left as it is`() async throws {
    let file = URL(filePath: folder.path + "/genesis")
    try Data([1, 2, 3]).write(to: file)
    let refusal = try await BuiltProgram.refusal(data: folder.path)
    #expect(refusal.words.contains("whence: corrupt: ") && refusal.status == 1)
    #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
  }

  @Test func `a replay makes nothing where there is no chain`() throws {
    let failure = #expect(throws: OperationFailure.self) {
      try ChainReplay(path: folder.path).run()
    }
    #expect(failure?.code == .noChain)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `a receipt of another chain is refused by name, and one cut short as unreadable`()
    async throws
  {
    let node = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { node.send(SIGKILL) }
    _ = try await node.announcement()
    node.send(SIGTERM)
    #expect(await node.end() == 0)
    func verify(_ bytes: [UInt8]) async throws -> (complaint: String, status: Int32) {
      let file = folder.path + "/foreign.receipt"
      try Data(bytes).write(to: URL(filePath: file))
      let ended = try await BuiltProgram.run(["verify", file, "--stopped", "--data", folder.path])
      return (ended.complaint, ended.status)
    }
    let receipt = try Self.receiptOfNoChain().canonicalBytes

    let foreign = try await verify(receipt)
    #expect(foreign.complaint.hasPrefix("whence: wrong_chain: the receipt is of chain "))
    #expect(foreign.complaint.contains("ask a node of its own chain") && foreign.status == 1)
    let cut = try await verify(receipt.dropLast())
    #expect(cut.complaint.hasPrefix("whence: receipt_unreadable: ") && cut.status == 1)
  }

  private static func receiptOfNoChain() throws -> PublishedReceipt {
    let key = try #require(SigningKey(seed: [UInt8](repeating: 1, count: 32)))
    let order = Order(
      chain: Identifier(.zero), channel: Identifier(.zero), number: 1, request: .zero,
      adapter: Identifier(.zero), rateIn: .zero, rateOut: .zero, terms: .zero, maximumFee: .zero,
      nonce: .zero, expiry: BlockTime(milliseconds: 1), isPublic: true)
    return PublishedReceipt(
      receipt: Receipt(
        order: order.signed(by: key), payer: Identifier(.zero), server: Identifier(.zero),
        baseModel: Identifier(.zero), run: Identifier(.zero), answer: .zero,
        answerText: .zero, promptText: .zero, tokensIn: 1, tokensOut: 1, fee: .zero,
        evidence: Evidence(
          influence: InfluenceEvidence(
            query: QueryVector(values: []), decoyScores: [], floor: 0, records: [])), payouts: [],
        refund: .zero),
      disclosure: ReceiptDisclosure(
        request: [], requestSalt: .zero, answer: [], answerSalt: .zero))
  }

  @Test func `the line that says ready can be read back`() throws {
    let line = NodeAnnouncement(base: "http://127.0.0.1:1", height: Height(7), root: .zero)
    #expect(NodeAnnouncement(line: "\(line)"[...]) == line)
    #expect(NodeAnnouncement(line: "listening on http://127.0.0.1:1") == nil)
  }
}
