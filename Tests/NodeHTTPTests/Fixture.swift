import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Networking
import NodeHTTP
import Primitives
import TestKit

/// How a test reaches a service: every promise holds both ways.
enum Way: CaseIterable { case inProcess, loopback }

/// Runs the test against a live server on a port of its own.
func serving(
  _ handler: @escaping HTTPServer.Handler, test: (String) async throws -> Void
) async throws {
  var limits = HTTPServerLimits()
  limits.grace = .milliseconds(100)
  let server = try HTTPServer(port: 0, limits: limits, handler: handler)
  do { try await test("http://127.0.0.1:\(server.port)") } catch {
    await server.stop()
    throw error
  }
  await server.stop()
}

/// Runs the test with a ledger, and a client that reaches it in one way.
func withLedger(
  _ way: Way, genesis: Genesis = .test,
  test: (_ client: any LedgerClient, _ ledger: MemoryLedger) async throws -> Void
) async throws {
  let ledger = try MemoryLedger(genesis)
  guard way == .loopback else { return try await test(ledger, ledger) }
  try await serving(NodeRoutes(ledger: ledger, inference: nil).handler) { base in
    try await test(HTTPLedgerClient(base: base), ledger)
  }
}

/// Runs the test with a client that reaches the service in one way.
func withInference(
  _ way: Way, _ service: ScriptedInference, test: (any InferenceClient) async throws -> Void
) async throws {
  guard way == .loopback else { return try await test(service) }
  try await serving(try NodeRoutes.test(service).handler) { base in
    try await test(HTTPInferenceClient(base: base))
  }
}

extension NodeRoutes {
  static func test(_ service: ScriptedInference?) throws -> NodeRoutes {
    var promptLength: PromptLength?
    if let service {
      promptLength = { request throws(InferenceFailure) in
        try await service.promptLength(of: request)
      }
    }
    return NodeRoutes(
      ledger: try MemoryLedger(.test), inference: service, promptLength: promptLength,
      clock: { BlockTime(milliseconds: 1_700_000_000_999) })
  }
}

extension SigningKey {
  static func test(_ number: UInt8) -> SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: number, count: 32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    return key
  }

  var account: Identifier<Account> { Identifier(publicKey) }
}

let payer = SigningKey.test(1)
let friend = SigningKey.test(2)
let host = SigningKey.test(3)

func digest(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }

extension Genesis {
  static let test = Genesis(
    name: "edge", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
    allocations: [payer, friend].map {
      Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: 1_000_000))
    }.sorted { $0.publicKey < $1.publicKey },
    parameters: LedgerParameters(
      accounts: AccountParameters(minimumGasPrice: Amount(baseUnits: 1)),
      models: ModelParameters(minimumRunBond: .zero),
      channels: ChannelParameters(closingWindow: Window(milliseconds: 1000, blocks: 2)),
      receipts: ReceiptParameters(
        platformFee: .zero, split: .standard, challengeWindow: Window(milliseconds: 1000, blocks: 2)
      )))
}

func transfer(_ amount: UInt128) -> Message {
  .transfer(Transfer(to: friend.account, amount: Amount(baseUnits: amount), memo: ""))
}

extension ModelListing {
  static let test = ModelListing(
    adapter: Identifier(digest("adapter")), name: "team/terms", baseModel: "SmolLM2",
    server: host.account, rateIn: Amount(baseUnits: 1000), rateOut: Amount(baseUnits: 3000))
}

extension PayerSigner {
  static let test = PayerSigner(
    chain: Genesis.test.chain, channel: Identifier(digest("channel")),
    parameters: Genesis.test.parameters, key: payer)
}

extension PaidRequest {
  static func test(isStreaming: Bool = false, includesUsage: Bool = false) throws -> PaidRequest {
    let body = ChatRequest(
      model: "team/terms", messages: [.init(role: .user, content: "What is DNIX?")],
      isStreaming: isStreaming, includesUsage: includesUsage
    ).body
    let order = try PayerSigner.test.order(
      for: body, model: .test, number: 1, salt: digest("salt"),
      expiry: BlockTime(milliseconds: 2_000_000))
    return PaidRequest(body: body, order: order, salt: digest("salt"))
  }

  /// As it goes over the wire.
  var message: HTTPRequest {
    HTTPRequest(
      method: "POST", path: "/v1/chat/completions",
      headers: [
        "Whence-Order": order?.canonicalBytes.hex ?? "", "Whence-Salt": salt?.description ?? "",
      ], body: body)
  }
}

extension PublishedReceipt {
  static func test(of order: SignedOrder) -> PublishedReceipt {
    PublishedReceipt(
      receipt: Receipt(
        order: order, payer: payer.account, server: host.account,
        baseModel: Identifier(digest("base")), run: Identifier(digest("run")),
        answer: digest("answer"), answerText: digest("text"), promptText: digest("prompt"),
        tokensIn: 7, tokensOut: 4, fee: Amount(baseUnits: 19),
        evidence: Evidence(
          influence: InfluenceEvidence(
            query: QueryVector(values: [Int16](repeating: 3, count: 64)), decoyScores: [1, 2],
            floor: 5, records: [ScoredRecord(record: digest("record"), chunk: 2, score: 9)]),
          spans: SpanEvidence(
            spans: [
              CitedSpan(
                range: AnswerRange(start: 3, end: 40), surprisal: 1100,
                sources: [SpanSource(record: digest("record"), offset: 12)])
            ]),
          retrieval: RetrievalEvidence(
            likelihoods: AnswerLikelihoods(base: -9, adapter: -6, context: -5, both: -1),
            passages: [RetrievedPassage(record: digest("passage"), drop: -7)])),
        payouts: [Payout(account: friend.account, amount: Amount(baseUnits: 11))],
        refund: Amount(baseUnits: 2)),
      disclosure: ReceiptDisclosure(
        request: [1], requestSalt: digest("salt"), answer: [2], answerSalt: digest("answer salt")))
  }
}
