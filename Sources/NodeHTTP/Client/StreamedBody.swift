internal import Networking
internal import Synchronization

/// A request whose successful answer is read while it comes.
///
/// The transfer ends when nobody holds this any more.
final class StreamedBody: Sendable {
  /// The body of a successful response; ends empty for any other.
  let chunks: AsyncStream<[UInt8]>
  private let transfer: Task<Result<HTTPClient.Response, NetworkFailure>, Never>

  /// Chunks that wait for a slow reader, of at most 16 KiB each.
  private static let chunkBound = 1024

  init(of request: HTTPClient.Request, by client: HTTPClient) {
    let (chunks, feed) = AsyncStream.makeStream(
      of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.chunkBound))
    let overflow = Overflow()
    self.chunks = chunks
    transfer = Task {
      defer { feed.finish() }
      do throws(NetworkFailure) {
        let response = try await client.send(request) { chunk in
          switch feed.yield(chunk) {
          case .enqueued: return .next
          case .dropped:
            overflow.happened()
            return .stop
          default: return .stop
          }
        }
        if overflow.hasHappened {
          throw NetworkFailure(code: .tooLarge, message: "the answer came faster than it was read")
        }
        return .success(response)
      } catch {
        return .failure(error)
      }
    }
  }

  deinit { transfer.cancel() }

  func cancel() { transfer.cancel() }

  /// Waits for the end of the transfer; its body is empty if it went to ``chunks``.
  func response() async throws(NetworkFailure) -> HTTPClient.Response {
    try await withTaskCancellationHandler {
      await transfer.value
    } onCancel: {
      transfer.cancel()
    }.get()
  }
}

/// Whether a chunk was lost.
private final class Overflow: Sendable {
  private let state = Mutex(false)

  var hasHappened: Bool { state.withLock { $0 } }
  func happened() { state.withLock { $0 = true } }
}
