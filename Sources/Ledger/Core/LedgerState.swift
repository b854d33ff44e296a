internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// The ledger's state as one block, or one message of it, is changing it.
///
/// Each subject's rules are an extension: `apply(_:in:)` for every message. A rule throws a
/// ``Rejection`` or does all it says; ``attempt(_:)`` undoes what a rejected one has done.
public struct LedgerState: StateReader {
  private(set) var overlay: StateOverlay
  public private(set) var events: [Event] = []
  /// What was moved since these were last taken.
  private var movements: [Movement] = []

  public init(over base: any StateReader) { overlay = StateOverlay(over: base) }

  public var isIntact: Bool { overlay.isIntact }

  public func value(at key: [UInt8]) -> [UInt8]? { overlay.value(at: key) }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    overlay.entries(withPrefix: prefix, after: key, limit: limit)
  }

  /// Writes a record; nil removes it.
  mutating func set<Record>(_ key: StateKey<Record>, to record: Record?) {
    overlay.set(record?.canonicalBytes, at: key.bytes)
  }

  mutating func emit(_ kind: EventKind, _ subject: Digest, amount: Amount = .zero) {
    events.append(Event(kind: kind, subject: subject, amount: amount))
  }

  /// Runs a part of a block that leaves no trace if it throws.
  mutating func attempt<Value>(
    _ body: (inout LedgerState) throws(Rejection) -> Value
  ) throws(Rejection) -> Value {
    let eventCount = events.count
    let movementCount = movements.count
    let mark = overlay.beginAttempt()
    do {
      let value = try body(&self)
      overlay.keepAttempt()
      return value
    } catch {
      overlay.undoAttempt(since: mark)
      events.removeLast(events.count - eventCount)
      movements.removeLast(movements.count - movementCount)
      throw error
    }
  }

  /// Notes a movement of money for the block's journal.
  mutating func book(_ movement: Movement) { movements.append(movement) }

  /// Returns the movements so far and starts anew.
  mutating func takeMovements() -> [Movement] {
    defer { movements.removeAll(keepingCapacity: true) }
    return movements
  }

  /// Returns the events so far and starts anew.
  mutating func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }
}

/// The block a message is applied in, and its signer.
public struct BlockContext: Sendable {
  public let chain: Identifier<Chain>
  public let parameters: LedgerParameters
  public let height: Height
  public let time: BlockTime
  /// The transaction's place in the block.
  public let index: UInt32
  public let signer: Identifier<Account>
  /// The transaction's, from which identifiers of created things are made.
  public let ordering: TransactionOrdering

  public init(
    chain: Identifier<Chain>, parameters: LedgerParameters, height: Height, time: BlockTime,
    index: UInt32, signer: Identifier<Account>, ordering: TransactionOrdering
  ) {
    self.chain = chain
    self.parameters = parameters
    self.height = height
    self.time = time
    self.index = index
    self.signer = signer
    self.ordering = ordering
  }
}

extension BlockContext {
  /// The identifier of what the signer's transaction creates; it creates one of a kind at most.
  func newIdentifier<Subject: CreatedSubject>(of: Subject.Type) -> Identifier<Subject> {
    Identifier(creator: signer, ordering: ordering)
  }
}
