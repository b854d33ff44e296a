internal import ClientAPI
internal import Synchronization

/// The server's models as last heard, asked for again when one is missing or a price has changed.
final class PriceList: Sendable {
  private let server: any InferenceClient
  private let known = Mutex<[ModelListing]>([])

  init(server: any InferenceClient) { self.server = server }

  /// - Throws: `model_not_found`, or what the server fails with.
  func listing(of model: String) async throws(InferenceFailure) -> ModelListing {
    if let listing = known.withLock({ $0.first { $0.isNamed(model) } }) { return listing }
    let listings = try await server.models()
    known.withLock { $0 = listings }
    guard let listing = listings.first(where: { $0.isNamed(model) }) else {
      throw InferenceFailure(
        .modelNotFound, "the server has no model \(model); GET /v1/models lists those it has",
        parameter: "model")
    }
    return listing
  }

  /// Forgets all: the server refused an order, perhaps for an old price.
  func forget() { known.withLock { $0 = [] } }
}
