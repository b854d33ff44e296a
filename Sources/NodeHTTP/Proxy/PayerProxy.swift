internal import CanonicalCoding
public import ClientAPI
internal import Ledger
public import Networking
public import Primitives

/// Pays for the prompts of clients that can't sign: they speak plain OpenAI to it, and it forwards
/// their bytes with an order.
///
/// It spends its owner's money for whoever can reach it, so it belongs on a loopback address; web
/// pages, which a browser lets reach that too, are refused by their `Origin`.
public struct PayerProxy: Sendable {
  /// What the proxy needs from outside.
  public struct Sources: Sendable {
    /// Gives an order number, higher than all before and stored before it is given; numbers may
    /// be skipped, never used twice.
    public var nextNumber: @Sendable () async throws -> UInt64
    /// Gives 32 fresh random bytes.
    public var entropy: @Sendable () -> Digest
    public var clock: @Sendable () -> BlockTime

    public init(
      nextNumber: @escaping @Sendable () async throws -> UInt64,
      entropy: @escaping @Sendable () -> Digest = systemEntropy,
      clock: @escaping @Sendable () -> BlockTime = systemTime
    ) {
      self.nextNumber = nextNumber
      self.entropy = entropy
      self.clock = clock
    }
  }

  let signer: PayerSigner
  let sources: Sources
  let feeLimit: Amount
  let orderMilliseconds: UInt64
  let isPublic: Bool
  let upstream: NodeConnection
  let prices: PriceList

  /// - Parameters:
  ///   - server: where the channel's server answers, such as `http://127.0.0.1:8800`.
  ///   - feeLimit: the most one answer may cost, whatever the server's prices become.
  ///   - orderMilliseconds: how long the server has to settle an order.
  ///   - isPublic: whether everybody may have the receipts.
  public init(
    server: String, signer: PayerSigner, feeLimit: Amount,
    orderMilliseconds: UInt64 = 3_600_000, isPublic: Bool = false, sources: Sources,
    client: HTTPClient = HTTPClient()
  ) {
    self.signer = signer
    self.sources = sources
    self.feeLimit = feeLimit
    self.orderMilliseconds = orderMilliseconds
    self.isPublic = isPublic
    upstream = NodeConnection(base: server, client: client)
    prices = PriceList(server: HTTPInferenceClient(base: server, client: client))
  }

  public var handler: HTTPServer.Handler {
    let router = Router(routes: table)
    return { request in await router.answer(request) }
  }

  private var table: [Route] {
    ChatDialect.allCases.map { dialect in
      Route(
        method: "POST", pattern: dialect.path, query: dialect.query, style: dialect.refusalStyle
      ) { call throws(Refusal) in try await answer(call, in: dialect) }
    }
      + [
        Route(
          method: "POST", pattern: ChatDialect.messageCountPath, query: ChatDialect.message.query,
          style: .anthropic, answer: post),
        Route(method: "POST", pattern: "/v1/embeddings", style: .openAI, answer: post),
        Route(method: "GET", pattern: "/v1/receipts/{order}", style: .openAI, answer: receipt),
      ]
      + ["/v1/models", "/v1/models/{model...}", "/v1/blobs/{digest}", "/v1/cards/{run}"].map {
        Route(method: "GET", pattern: $0, style: .openAI, answer: forward)
      }
  }
}
