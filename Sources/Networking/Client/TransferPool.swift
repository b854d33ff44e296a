import Synchronization

/// Runs transfers on threads of their own, and keeps their connections for the next.
final class TransferPool: Sendable {
  private struct Shared {
    var idle: [CurlHandle] = []
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let shared = Mutex(Shared())
  /// How many idle connections are worth keeping.
  private static let idleBound = 8
  /// How many transfers, and so threads, there may be at once; others wait their turn.
  private static let runningBound = 64

  func perform(
    _ request: HTTPClient.Request, limits: HTTPClient.Limits,
    onChunk: (@Sendable ([UInt8]) -> ChunkStep)?
  ) async throws(NetworkFailure) -> HTTPClient.Response {
    let transfer = Transfer(bodyBound: limits.bodyInBytes, onChunk: onChunk)
    let result = await withTaskCancellationHandler {
      await waitForTurn()
      defer { endTurn() }
      return await onOwnThread { () -> Result<HTTPClient.Response, NetworkFailure> in
        Result { () throws(NetworkFailure) in
          let kept = self.shared.withLock { $0.idle.popLast() }
          let handle = if let kept { kept } else { try CurlHandle() }
          defer { self.keep(handle) }
          return try handle.perform(request, limits: limits, transfer: transfer)
        }
      }
    } onCancel: {
      transfer.cancel()
    }
    return try result.get()
  }

  private func keep(_ handle: CurlHandle) {
    shared.withLock { if $0.idle.count < TransferPool.idleBound { $0.idle.append(handle) } }
  }

  private func waitForTurn() async {
    await withCheckedContinuation { continuation in
      let isAdmitted = shared.withLock { shared in
        guard shared.running < TransferPool.runningBound else {
          shared.waiting.append(continuation)
          return false
        }
        shared.running += 1
        return true
      }
      if isAdmitted { continuation.resume() }
    }
  }

  /// Gives the turn to whoever has waited longest.
  private func endTurn() {
    let next = shared.withLock { shared -> CheckedContinuation<Void, Never>? in
      guard shared.waiting.isEmpty else { return shared.waiting.removeFirst() }
      shared.running -= 1
      return nil
    }
    next?.resume()
  }
}

/// What one transfer has brought so far, and why it was ended from this side.
final class Transfer: Sendable {
  private struct State {
    var headers: HTTPHeaders = [:]
    var status = 0
    var body: [UInt8] = []
    var refusal: NetworkFailure?
    var isStopped = false
  }

  private let bodyBound: Int
  private let onChunk: (@Sendable ([UInt8]) -> ChunkStep)?
  private let state = Mutex(State())

  init(bodyBound: Int, onChunk: (@Sendable ([UInt8]) -> ChunkStep)?) {
    self.bodyBound = bodyBound
    self.onChunk = onChunk
  }

  var refusal: NetworkFailure? { state.withLock { $0.refusal } }
  /// Whether the reader of chunks has had enough, which is no failure.
  var isStopped: Bool { state.withLock { $0.isStopped } }
  var isOver: Bool { state.withLock { $0.refusal != nil || $0.isStopped } }

  var response: HTTPClient.Response {
    state.withLock {
      HTTPClient.Response(status: $0.status, headers: $0.headers, body: $0.body)
    }
  }

  func cancel() {
    state.withLock {
      $0.refusal = NetworkFailure(code: .cancelled, message: "the request was cancelled")
    }
  }

  /// Takes one line of the head; a new status line begins the head anew (after `100 Continue`).
  func takeHeadLine(_ bytes: [UInt8]) {
    let line = String(decoding: bytes.filter { $0 != 0x0d && $0 != 0x0a }, as: UTF8.self)
    state.withLock { state in
      if line.hasPrefix("HTTP/") {
        state.headers = [:]
        let words = line.split(separator: " ")
        state.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      } else if let colon = line.firstIndex(of: ":") {
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        state.headers.add(String(line[..<colon]), String(value))
      }
    }
  }

  /// Takes a piece of the body; false: end the transfer.
  func takeBody(_ bytes: [UInt8]) -> Bool {
    let isSuccess = state.withLock { (200..<300).contains($0.status) }
    if let onChunk, isSuccess {
      let step = onChunk(bytes)
      if step == .stop { state.withLock { $0.isStopped = true } }
      return step == .next
    }
    return state.withLock { state in
      guard state.body.count + bytes.count <= bodyBound else {
        state.refusal = NetworkFailure(
          code: .tooLarge, message: "the response's body exceeds \(bodyBound) bytes")
        return false
      }
      state.body += bytes
      return true
    }
  }
}
