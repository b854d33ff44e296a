public import Ledger
public import Primitives

/// What happened in a simulated chain.
public struct SimulationReport: Sendable {
  /// How often a kind of message was sent in a well-made transaction, and how often it succeeded.
  public struct Tally: Hashable, Sendable {
    public var sent: Int
    public var succeeded: Int

    public init(sent: Int = 0, succeeded: Int = 0) {
      self.sent = sent
      self.succeeded = succeeded
    }
  }

  public let seed: UInt64
  public internal(set) var blocks: UInt64 = 0
  /// Transactions that stand in blocks, whatever became of them.
  public internal(set) var transactions = 0
  public internal(set) var stateRoot: Digest
  /// Entries of the state at the end.
  public internal(set) var entries = 0

  private var kinds: [MessageKind: Tally] = [:]
  private var rejections: [UInt32: Int] = [:]
  private var events: [EventKind: Int] = [:]

  init(seed: UInt64, stateRoot: Digest) {
    self.seed = seed
    self.stateRoot = stateRoot
  }
}

extension SimulationReport {
  public func tally(of kind: MessageKind) -> Tally { kinds[kind] ?? Tally() }

  /// How often a transaction was refused, or a message rejected, for this reason.
  public func count(of rejection: Rejection) -> Int { rejections[rejection.code] ?? 0 }

  public func count(of event: EventKind) -> Int { events[event] ?? 0 }

  /// The kinds of message none of which succeeded.
  public var kindsNeverReached: [MessageKind] {
    MessageKind.allCases.filter { tally(of: $0).succeeded == 0 }
  }

  /// The reasons that the rules never had to give.
  public var rejectionsNeverReached: [Rejection] { Rejection.all.filter { count(of: $0) == 0 } }

  mutating func add(_ rejection: Rejection) { rejections[rejection.code, default: 0] += 1 }

  mutating func add(_ kind: MessageKind, _ result: TransactionResult) {
    kinds[kind, default: Tally()].sent += 1
    transactions += 1
    if let rejection = result.rejection {
      add(rejection)
    } else {
      kinds[kind, default: Tally()].succeeded += 1
    }
    add(result.events)
  }

  mutating func add(_ happened: [Event]) {
    for event in happened { events[event.kind, default: 0] += 1 }
  }
}
