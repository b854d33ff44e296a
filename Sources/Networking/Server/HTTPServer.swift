import Synchronization

/// An HTTP/1.1 server: one thread reads and writes, a task of its own handles each request.
public final class HTTPServer: Sendable {
  public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

  /// The port it listens on: the one chosen by the system if 0 was asked for.
  public let port: UInt16
  private let service: HTTPService
  private let daemon: Mutex<HTTPDaemon?>
  private let watcher: Task<Void, Never>

  /// Listens from now on.
  ///
  /// - Parameters:
  ///   - host: the address to listen on; `0.0.0.0` for all of IPv4, `::` for IPv6 too.
  ///   - port: 0 for any free one.
  ///   - handler: answers one request; many run at once. Its task is cancelled when the client
  ///     hangs up or the server stops.
  /// - Throws: `port_in_use`, `permission_denied` or `bad_address`.
  public init(
    host: String = "127.0.0.1", port: UInt16, limits: HTTPServerLimits = HTTPServerLimits(),
    handler: @escaping Handler
  ) throws(NetworkFailure) {
    let service = HTTPService(limits: limits, handler: handler)
    let daemon = try HTTPDaemon(host: host, port: port, service: service)
    self.port = daemon.port
    self.service = service
    self.daemon = Mutex(daemon)
    watcher = Task {
      // A sleeping connection is watched by nobody else.
      while !Task.isCancelled {
        try? await Task.sleep(for: .milliseconds(200))
        for exchange in service.running { exchange.leaveIfClientIsGone() }
      }
    }
  }

  /// Serves until the surrounding task is cancelled, then stops.
  public func run() async {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    await stop()
  }

  /// Takes no more requests, gives running ones their grace, ends the rest, and frees the port.
  public func stop() async {
    service.refuseFromNowOn()
    daemon.withLock { $0?.stopListening() }
    let deadline = ContinuousClock.now + service.limits.grace
    while !service.running.isEmpty, ContinuousClock.now < deadline {
      // Unstructured, so that a cancelled caller's grace is not cut short.
      await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
    }
    for exchange in service.running { exchange.leave() }
    watcher.cancel()
    daemon.withLock { $0 = nil }
  }

  deinit {
    service.refuseFromNowOn()
    for exchange in service.running { exchange.leave() }
    watcher.cancel()
  }
}

/// What a server knows apart from its sockets: the handler, the bounds, and what is running.
final class HTTPService: Sendable {
  let limits: HTTPServerLimits
  let waiting: WaitingConnections
  private let handler: HTTPServer.Handler
  private let shared = Mutex(Shared())

  private struct Shared {
    var running: [ObjectIdentifier: HTTPExchange] = [:]
    var isStopping = false
  }

  init(limits: HTTPServerLimits, handler: @escaping HTTPServer.Handler) {
    self.limits = limits
    self.handler = handler
    waiting = WaitingConnections(bound: limits.waitingConnections)
  }

  var running: [HTTPExchange] { shared.withLock { Array($0.running.values) } }

  func refuseFromNowOn() { shared.withLock { $0.isStopping = true } }

  /// Starts the handler, or refuses if too many are at work.
  func begin(_ exchange: HTTPExchange) {
    guard !exchange.isOversized else {
      return exchange.answer(.bodyTooLarge(bound: limits.bodyInBytes))
    }
    let isAdmitted = shared.withLock { shared in
      guard !shared.isStopping, shared.running.count < limits.requestsAtOnce else { return false }
      shared.running[ObjectIdentifier(exchange)] = exchange
      return true
    }
    guard isAdmitted else {
      var response = HTTPResponse.refused(
        status: 503, code: "server_busy", detail: "the server is busy; try again in a second")
      response.headers["Retry-After"] = "1"
      return exchange.answer(response)
    }
    exchange.beginHandling { [self] request in
      let response = await handler(request)
      exchange.answer(response)
      if case .stream(let produce) = response.body {
        do {
          try await produce(HTTPBodyWriter(exchange: exchange))
          exchange.finish(isWhole: true)
        } catch {
          exchange.finish(isWhole: false)
        }
      }
      _ = shared.withLock { $0.running.removeValue(forKey: ObjectIdentifier(exchange)) }
    }
  }
}
