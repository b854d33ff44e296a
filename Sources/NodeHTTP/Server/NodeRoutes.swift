public import ClientAPI
public import Networking
public import Primitives

/// Counts the tokens of a request's prompt.
public typealias PromptLength =
  @Sendable (ChatRequest) async throws(InferenceFailure) -> UInt32

/// A node as HTTP sees it: OpenAI's routes for answers, and the ledger's for everything else.
///
/// The contract is `docs/spec/http.md`; ``HTTPInferenceClient``, ``HTTPLedgerClient`` and
/// ``HTTPHistoryClient`` are its other end.
public struct NodeRoutes: Sendable {
  private let router: Router
  private let meter: NodeMeter

  /// - Parameters:
  ///   - history: nil for a node without an index of its history.
  ///   - inference: nil for a node that keeps a ledger and answers no prompts.
  ///   - blobs: what is published here; if absent, what `inference` has.
  ///   - encoder: nil for a node that turns no texts into vectors.
  ///   - figures: how the service is doing; nil if it does not say.
  ///   - promptLength: nil for a node that counts no prompts.
  ///   - keys: what clients with API keys have their orders signed with; nil for nobody's.
  ///   - isDraining: whether the node is about to stop, and wants nothing new.
  ///   - adapters: who loads and unloads adapters; nil if nobody does.
  ///   - operatorKey: SHA-256 of what he shows for it as a bearer; nil forbids it to all.
  ///   - clock: what `created` in an answer says.
  public init(
    ledger: any LedgerClient, history: (any HistoryClient)? = nil,
    inference: (any InferenceClient)?, blobs: (any BlobSource)? = nil,
    encoder: (any TextEncoder)? = nil, figures: (@Sendable () async -> ServiceFigures)? = nil,
    promptLength: PromptLength? = nil, keys: KeySigning? = nil,
    isDraining: @escaping @Sendable () async -> Bool = { false },
    adapters: (any AdapterOperator)? = nil, operatorKey: Digest? = nil,
    clock: @escaping @Sendable () -> BlockTime = systemTime
  ) {
    let meter = NodeMeter()
    self.meter = meter
    let answers = InferenceRoutes(
      inference: inference, blobs: blobs, encoder: encoder, figures: figures,
      promptLength: promptLength, meter: meter, keys: keys.map { KeyDesk($0) }, clock: clock)
    let health = HealthRoutes(
      ledger: ledger, inference: inference, figures: figures, isDraining: isDraining, meter: meter)
    router = Router(
      routes: answers.table + EmbeddingRoutes(encoder: encoder, meter: meter).table
        + AdapterRoutes(adapters: adapters, operatorKey: operatorKey).table
        + LedgerRoutes(ledger: ledger).table + HistoryRoutes(history: history).table + health.table)
  }

  public var handler: HTTPServer.Handler {
    { [router, meter] request in
      let outcome = await router.outcome(of: request)
      let status = outcome.response.status
      // What is refused to whoever has left is sent to nobody, and no fault of the node's.
      let isGone = Task.isCancelled && status >= 400
      meter.answered(
        route: outcome.route, method: request.method, status: isGone ? 499 : status,
        code: isGone ? nil : outcome.refusal)
      return outcome.response
    }
  }

  /// Every route as its method and pattern, in the order of the specification.
  var listing: [String] { router.routes.map { "\($0.method) \($0.pattern)" } }
}
