public import ClientAPI
public import Networking
public import Primitives

/// A node as HTTP sees it: OpenAI's routes for answers, and the ledger's for everything else.
///
/// The contract is `docs/spec/http.md`; ``HTTPInferenceClient``, ``HTTPLedgerClient`` and
/// ``HTTPHistoryClient`` are its other end.
public struct NodeRoutes: Sendable {
  private let router: Router

  /// - Parameters:
  ///   - history: nil for a node without an index of its history.
  ///   - inference: nil for a node that keeps a ledger and answers no prompts.
  ///   - blobs: what is published here; if absent, what `inference` has.
  ///   - adapters: who loads and unloads adapters; nil if nobody does.
  ///   - operatorKey: what he shows for it as a bearer; nil forbids it to all.
  ///   - clock: what `created` in an answer says.
  public init(
    ledger: any LedgerClient, history: (any HistoryClient)? = nil,
    inference: (any InferenceClient)?, blobs: (any BlobSource)? = nil,
    adapters: (any AdapterOperator)? = nil, operatorKey: String? = nil,
    clock: @escaping @Sendable () -> BlockTime = systemTime
  ) {
    router = Router(
      routes: InferenceRoutes(inference: inference, blobs: blobs, clock: clock).table
        + AdapterRoutes(adapters: adapters, operatorKey: operatorKey).table
        + LedgerRoutes(ledger: ledger).table + HistoryRoutes(history: history).table)
  }

  public var handler: HTTPServer.Handler {
    { [router] request in await router.answer(request) }
  }

  /// Every route as its method and pattern, in the order of the specification.
  var listing: [String] { router.routes.map { "\($0.method) \($0.pattern)" } }
}
