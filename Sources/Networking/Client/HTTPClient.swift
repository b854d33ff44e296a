/// Sends requests over HTTP/1.1, keeping connections open between them.
///
/// No proxy is taken from the environment and no redirect is followed: a request goes where its
/// URL says. Certificates are checked.
public final class HTTPClient: Sendable {
  public struct Limits: Sendable {
    public var connectTimeout = Duration.seconds(10)
    /// The longest silence before a transfer is given up.
    public var idleTimeout = Duration.seconds(120)
    /// From the first byte sent to the last received; nil for no bound, as a long stream needs.
    public var totalTimeout: Duration?
    /// The bound on a response's body, unless it is handed on in chunks.
    public var bodyInBytes = 64 << 20

    public init() {}
  }

  public struct Request: Sendable {
    public var method: String
    public var url: String
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// Whether a connection is made for it alone.
    ///
    /// On one that was used before, libcurl sends a
    /// request again if the other end is gone, and reports the second try only.
    public var isOnFreshConnection = false

    public init(
      method: String = "GET", url: String, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
    }
  }

  public struct Response: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    /// Empty if the body was handed on in chunks.
    public var body: [UInt8]

    public var isSuccess: Bool { (200..<300).contains(status) }
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let limits: Limits
  private let pool = TransferPool()

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Sends the request and returns its response, whatever its status.
  ///
  /// Cancelling the task ends the transfer.
  /// - Parameter onChunk: takes the body of a successful response piece by piece as it comes, on a
  ///   thread of the client's; the transfer waits for it, and ends if it answers `.stop`. The body
  ///   of an unsuccessful response is always in the result.
  /// - Throws: `bad_address`, `unreachable`, `timed_out`, `peer_gone`, `too_large`,
  ///   `bad_protocol`, or `cancelled`.
  public func send(
    _ request: Request, onChunk: (@Sendable ([UInt8]) -> ChunkStep)? = nil
  ) async throws(NetworkFailure) -> Response {
    try await pool.perform(request, limits: limits, onChunk: onChunk)
  }

  /// Sends the request and hands on the events of a successful response as they come.
  ///
  /// - Throws: what ``send(_:onChunk:)`` throws; `too_large` if one event exceeds a mebibyte.
  public func events(
    of request: Request, onEvent: @escaping @Sendable (ServerSentEvent) -> ChunkStep
  ) async throws(NetworkFailure) -> Response {
    let reader = EventReader(onEvent: onEvent)
    let response = try await send(request) { reader.take($0) }
    if let failure = reader.failure { throw failure }
    return response
  }
}

/// Whether a stream's reader wants more.
public enum ChunkStep: Sendable { case next, stop }
