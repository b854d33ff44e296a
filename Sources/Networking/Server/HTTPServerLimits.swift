/// How much a server takes from strangers; each has a bound, and the bound has a name.
public struct HTTPServerLimits: Sendable {
  /// Above it: status 413.
  public var bodyInBytes = 8 << 20
  /// Request line and headers together, and one block of a body; above it: status 431 or 414.
  public var headInBytes = 32 << 10
  /// Open connections; more are closed at once.
  public var connections = 512
  /// Of those, the ones on which no whole request has come; less than ``connections``.
  ///
  /// When there are more, the one that has been silent longest is closed, so that half-open ones shut
  /// nobody out.
  public var waitingConnections = 256
  /// Requests being handled; more get status 503 with `Retry-After`.
  public var requestsAtOnce = 64
  /// Bytes of a streamed body that wait for a slow client before its producer waits too.
  public var unsentInBytes = 64 << 10
  /// Seconds without traffic after which a connection is closed, unless its handler is at work.
  public var idleSeconds: UInt32 = 60
  /// How long `stop` lets running requests finish.
  public var grace: Duration = .seconds(5)

  public init() {}
}
