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
  ///   - clock: what `created` in an answer says.
  ///   - isDraining: whether the node is about to stop, and wants nothing new.
  public init(
    ledger: any LedgerClient, history: (any HistoryClient)? = nil,
    inference: (any InferenceClient)?, blobs: (any BlobSource)? = nil,
    clock: @escaping @Sendable () -> BlockTime = systemTime,
    isDraining: @escaping @Sendable () -> Bool = { false }
  ) {
    router = Router(
      routes: InferenceRoutes(inference: inference, blobs: blobs, clock: clock).table
        + LedgerRoutes(ledger: ledger).table + [.readiness(isDraining)]
        + HistoryRoutes(history: history).table)
  }

  public var handler: HTTPServer.Handler {
    { [router] request in await router.answer(request) }
  }

  /// Every route as its method and pattern, in the order of the specification.
  var listing: [String] { router.routes.map { "\($0.method) \($0.pattern)" } }
}
