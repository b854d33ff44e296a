/// The life of one request and its answer, as a machine without threads or sockets.
///
/// The library's thread, the handler's task and the watcher of clients all drive it under one
/// lock; every method returns what its caller must do.
struct ExchangeState {
  enum Phase {
    /// The body is still coming.
    case receiving
    /// The handler is at work and the connection sleeps.
    case handling
    /// The answer's head is ready to be queued.
    case answering(HTTPResponse)
    /// The head is queued; a streamed body may still grow.
    case sending
  }

  /// What the library gets when it asks for more of a streamed body.
  enum Pull: Equatable {
    case bytes([UInt8])
    /// Nothing yet: the connection must sleep until there is.
    case sleep
    case end
    case broken
  }

  private(set) var phase = Phase.receiving
  private(set) var body: [UInt8] = []
  private(set) var isOversized = false
  private var received = 0
  private(set) var isAsleep = false
  private(set) var isGone = false
  private var unsent: [UInt8] = []
  private var outcome: Pull?
  private let unsentBound: Int

  init(unsentBound: Int) { self.unsentBound = unsentBound }

  /// Whether the producer must wait for the client.
  var isFull: Bool { !isGone && unsent.count >= unsentBound }

  /// Takes a piece of the request's body.
  ///
  /// A body of undeclared length may outgrow the bound, and there is no way to answer in its
  /// middle: as much again is read and dropped before the answer. False: it goes on even then.
  mutating func receive(_ bytes: [UInt8], bound: Int) -> Bool {
    received += bytes.count
    isOversized = received > bound
    if isOversized { body = [] } else { body += bytes }
    return received / 2 <= bound
  }

  /// The body is whole: puts the connection to sleep and hands the body to the handler.
  mutating func beginHandling() -> [UInt8] {
    phase = .handling
    isAsleep = true
    defer { body = [] }
    return body
  }

  /// Takes the handler's answer; true: wake the connection.
  mutating func answer(_ response: HTTPResponse) -> Bool {
    phase = .answering(response)
    return wake()
  }

  mutating func headQueued() { phase = .sending }

  /// Adds to a streamed body; true: wake the connection.
  mutating func push(_ bytes: [UInt8]) -> Bool {
    unsent += bytes
    return wake()
  }

  /// Ends a streamed body; true: wake the connection.
  mutating func finish(isWhole: Bool) -> Bool {
    outcome = isWhole ? .end : .broken
    return wake()
  }

  /// The library asks for the next bytes of the body.
  mutating func pull(atMost count: Int) -> Pull {
    if isGone { return .broken }
    if !unsent.isEmpty {
      let piece = Array(unsent.prefix(count))
      unsent.removeFirst(piece.count)
      return .bytes(piece)
    }
    if let outcome { return outcome }
    isAsleep = true
    return .sleep
  }

  /// Gives the exchange up, because the client hung up or the server stops; true: wake the
  /// connection, so that it can be closed.
  mutating func leave() -> Bool {
    isGone = true
    unsent = []
    return wake()
  }

  private mutating func wake() -> Bool {
    defer { isAsleep = false }
    return isAsleep
  }
}
