public import JSONCoding

/// What a handler answers.
public struct HTTPResponse: Sendable {
  public enum Body: Sendable {
    case bytes([UInt8])
    /// Produced piece by piece after the head was sent.
    ///
    /// When it throws, the connection breaks off, so that the client can't take the part for the
    /// whole.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
  }

  public var status: Int
  public var headers: HTTPHeaders
  public var body: Body

  public init(status: Int = 200, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"],
      body: .bytes(Array(text.utf8)))
  }

  public static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "application/json"], body: .bytes(json.bytes()))
  }

  /// An answer of server-sent events; the handler's closure sends them until it returns.
  public static func events(
    _ produce: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> HTTPResponse {
    HTTPResponse(
      headers: ["Content-Type": "text/event-stream", "Cache-Control": "no-store"],
      body: .stream(produce))
  }
}

/// Where a handler writes a streamed body.
public struct HTTPBodyWriter: Sendable {
  let exchange: HTTPExchange

  /// Sends the bytes; waits while the client reads more slowly than they come.
  /// - Throws: `peer_gone` once the client has hung up or the server stops.
  public func write(_ bytes: [UInt8]) async throws(NetworkFailure) {
    try await exchange.send(bytes)
  }

  /// Sends one event.
  /// - Throws: `peer_gone` once the client has hung up or the server stops.
  public func send(_ event: ServerSentEvent) async throws(NetworkFailure) {
    try await exchange.send(event.bytes)
  }
}
