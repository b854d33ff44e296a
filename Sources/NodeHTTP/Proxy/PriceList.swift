internal import ClientAPI
internal import Synchronization

/// The server's models as last heard, asked for again when one is missing or a price has changed.
final class PriceList: Sendable {
  private let server: any InferenceClient
  private let known = Mutex<[ModelListing]>([])

  init(server: any InferenceClient) { self.server = server }

  /// - Throws: `model_not_found`, or what the server fails with.
  func choice(of model: String) async throws(InferenceFailure) -> ModelChoice {
    let known = known.withLock { $0 }
    if let choice = try? ModelChoice(of: model, among: known) { return choice }
    let listings = try await server.models()
    self.known.withLock { $0 = listings }
    return try ModelChoice(of: model, among: listings)
  }

  /// Forgets all: the server refused an order, perhaps for an old price.
  func forget() { known.withLock { $0 = [] } }
}
