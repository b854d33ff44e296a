import CMicroHTTPD
import Synchronization

/// One request and its answer: carries out what ``ExchangeState`` decides.
///
/// `@unchecked Sendable` for the connection's pointer alone, which is used only under the lock: it
/// is valid while the library runs one of our callbacks for it, and while the connection sleeps.
@safe final class HTTPExchange: @unchecked Sendable {
  private struct Shared {
    var state: ExchangeState
    var waiting: [CheckedContinuation<Void, Never>] = []
    var task: Task<Void, Never>?

    mutating func releaseWaiting() {
      for continuation in waiting { continuation.resume() }
      waiting = []
    }
  }

  let request: HTTPRequest
  private let connection: OpaquePointer
  private let shared: Mutex<Shared>

  init(request: HTTPRequest, connection: OpaquePointer, unsentBound: Int) {
    self.request = request
    unsafe self.connection = connection
    shared = Mutex(Shared(state: ExchangeState(unsentBound: unsentBound)))
  }

  // MARK: The library's thread

  var phase: ExchangeState.Phase { shared.withLock { $0.state.phase } }
  var isOversized: Bool { shared.withLock { $0.state.isOversized } }
  var isGone: Bool { shared.withLock { $0.state.isGone } }

  func receive(_ bytes: [UInt8], bound: Int) -> Bool {
    shared.withLock { $0.state.receive(bytes, bound: bound) }
  }

  /// Puts the connection to sleep and runs `work` on the whole request.
  func beginHandling(_ work: @escaping @Sendable (HTTPRequest) async -> Void) {
    shared.withLock { shared in
      var request = request
      request.body = shared.state.beginHandling()
      unsafe MHD_suspend_connection(connection)
      shared.task = Task { [request] in await work(request) }
    }
  }

  func headQueued() { shared.withLock { $0.state.headQueued() } }

  /// Gives the next piece of a streamed body; if there is none yet, the connection now sleeps.
  func pull(atMost count: Int) -> ExchangeState.Pull {
    shared.withLock { shared in
      let pull = shared.state.pull(atMost: count)
      if pull == .sleep { unsafe MHD_suspend_connection(connection) }
      if !shared.state.isFull { shared.releaseWaiting() }
      return pull
    }
  }

  // MARK: The handler's task

  func answer(_ response: HTTPResponse) { drive { $0.answer(response) } }

  func finish(isWhole: Bool) { drive { $0.finish(isWhole: isWhole) } }

  /// Adds to a streamed body, and waits until the client has read enough of it.
  func send(_ bytes: [UInt8]) async throws(NetworkFailure) {
    guard !isGone else { throw HTTPExchange.clientGone }
    guard !bytes.isEmpty else { return }
    drive { $0.push(bytes) }
    await withCheckedContinuation { continuation in
      shared.withLock { shared in
        shared.waiting.append(continuation)
        if !shared.state.isFull { shared.releaseWaiting() }
      }
    }
    guard !isGone else { throw HTTPExchange.clientGone }
  }

  private static let clientGone = NetworkFailure(
    code: .peerGone, message: "the client hung up, or the server is stopping")

  // MARK: Leaving

  /// Ends the exchange: the handler is cancelled and nothing more is sent.
  func leave() {
    let task = shared.withLock { shared in
      if shared.state.leave() { unsafe MHD_resume_connection(connection) }
      shared.releaseWaiting()
      return shared.task
    }
    task?.cancel()
  }

  /// Leaves if the connection sleeps and its client has hung up.
  func leaveIfClientIsGone() {
    let isGone = shared.withLock { shared in
      guard shared.state.isAsleep else { return false }
      return unsafe cmicrohttpd_is_client_gone(connection) != 0
    }
    if isGone { leave() }
  }

  /// Changes the state, and wakes the connection if that asks for it.
  private func drive(_ change: (inout ExchangeState) -> Bool) {
    shared.withLock { shared in
      if change(&shared.state) { unsafe MHD_resume_connection(connection) }
    }
  }
}
