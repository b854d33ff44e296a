public import CanonicalCoding
public import Primitives

/// One entry of the books: money that moved between two holders, and why.
public struct Movement: Hashable, CanonicalCodable {
  public let from: Holder
  public let to: Holder
  /// Greater than zero.
  public let amount: Amount
  public let cause: MoveCause

  public init(from: Holder, to: Holder, amount: Amount, cause: MoveCause) {
    self.from = from
    self.to = to
    self.amount = amount
    self.cause = cause
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(from)
    encoder.encode(to)
    encoder.encode(amount)
    encoder.encode(cause)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    from = try decoder.decode()
    to = try decoder.decode()
    amount = try decoder.decode()
    cause = try decoder.decode()
  }
}

/// Every movement of a block, in order, and what the ledger did by itself at its end.
///
/// It follows from the block and the state before it, so no header commits to it; it is kept because
/// that state is gone when somebody asks why a balance changed.
public struct BlockJournal: Hashable, CanonicalCodable {
  /// More than a block's gas lets happen.
  static let movementMaximum = 1 << 24

  public private(set) var movements: [Movement] = []
  /// How many of them the ledger made by itself before the first transaction.
  public private(set) var beginning: UInt32 = 0
  /// For each transaction, how many movements had happened when it was done.
  public private(set) var ends: [UInt32] = []
  public internal(set) var endEvents: [Event] = []

  init() {}

  /// Books what the ledger moved before the first transaction.
  mutating func bookBeginning(_ moved: [Movement]) {
    precondition(movements.isEmpty, "nothing comes before a block's beginning")
    movements = moved
    beginning = UInt32(moved.count)
  }

  /// Books what one more transaction moved.
  mutating func book(_ moved: [Movement]) {
    movements += moved
    ends.append(UInt32(movements.count))
  }

  /// Books what the ledger moved at the block's end.
  mutating func bookEnding(_ moved: [Movement]) { movements += moved }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: movements)
    encoder.encode(beginning)
    encoder.encode(list: ends)
    encoder.encode(list: endEvents)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    movements = try decoder.list(atMost: BlockJournal.movementMaximum)
    beginning = try decoder.decode()
    guard beginning <= movements.count else { throw .invalidValue }
    ends = try decoder.list(atMost: Block.transactionMaximum)
    endEvents = try decoder.list(atMost: TransactionResult.eventMaximum)
    var previous = beginning
    for end in ends {
      guard end >= previous, end <= movements.count else { throw .invalidValue }
      previous = end
    }
  }
}

extension BlockJournal {
  /// What the ledger moved before the first transaction.
  public var beginningMovements: ArraySlice<Movement> { movements[..<Int(beginning)] }

  /// The movements of the transaction at a place in the block; of the block's end if the place is
  /// the count of its transactions.
  public func movements(at place: Int) -> ArraySlice<Movement> {
    let start = Int(place == 0 ? beginning : ends[place - 1])
    let end = place < ends.count ? Int(ends[place]) : movements.count
    return movements[start..<end]
  }
}
