import Synchronization

/// Turns a transfer's chunks into events.
final class EventReader: Sendable {
  private let onEvent: @Sendable (ServerSentEvent) -> ChunkStep
  private let state = Mutex((parser: ServerSentEventParser(), failure: NetworkFailure?.none))

  init(onEvent: @escaping @Sendable (ServerSentEvent) -> ChunkStep) { self.onEvent = onEvent }

  var failure: NetworkFailure? { state.withLock { $0.failure } }

  func take(_ bytes: [UInt8]) -> ChunkStep {
    let events = state.withLock { state -> [ServerSentEvent]? in
      do throws(NetworkFailure) { return try state.parser.take(bytes) } catch {
        state.failure = error
        return nil
      }
    }
    guard let events else { return .stop }
    return events.allSatisfy { onEvent($0) == .next } ? .next : .stop
  }
}
