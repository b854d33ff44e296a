internal import Ledger
internal import Primitives

/// What the mempool knows of a transaction.
struct MempoolEntry: Hashable, Sendable {
  let id: Identifier<Transaction>
  let account: Identifier<Account>
  /// The account's sequence it takes; nil if it may come in any order.
  let sequence: UInt64?
  /// What it pays for a unit of gas, in base units, rounded down.
  let price: UInt128
  let gas: UInt64
  let sizeInBytes: Int
  /// No later block may hold it.
  let expiry: Height
  /// No block of a later time may hold it; nil if only the height counts.
  let expiryTime: BlockTime?
  /// Disputes have room of their own, so that nobody can keep them out by paying more.
  let isDispute: Bool
}

/// How much may wait.
struct MempoolBounds: Sendable {
  var transactions = 20_000
  var sizeInBytes = 64 << 20
  /// Of one account.
  var transactionsPerAccount = 512
  /// The part of all room that only disputes may use is one in so many.
  var disputePart = 16
  /// A transaction takes the place of a waiting one if it pays so many hundredths more for gas.
  var replacementPercent: UInt128 = 10

  var ordinaryTransactions: Int { transactions - transactions / disputePart }
  var ordinarySizeInBytes: Int { sizeInBytes - sizeInBytes / disputePart }
}

/// How much one block may take of it.
struct BlockRoom: Sendable {
  var transactions: Int
  var sizeInBytes: Int
  var gas: UInt64
  /// What transactions that are no disputes may use of the gas, the bytes and the places.
  var ordinaryGas: UInt64
  var ordinarySizeInBytes = Int.max
  var ordinaryTransactions = Int.max
}

/// What became of a transaction that asked to wait.
enum MempoolAnswer: Hashable, Sendable {
  /// It waits; these went to make room, or because it took their place.
  case waits(evicted: [Identifier<Transaction>], replaced: Identifier<Transaction>?)
  /// It waited already.
  case waitsAlready
  case refused(MempoolRefusal)
}

/// Why a transaction may not wait.
enum MempoolRefusal: Hashable, Sendable {
  /// Its sequence is neither the account's next one nor that of one that waits.
  case wrongSequence
  /// One with this sequence waits, and this one does not pay enough more.
  case replacementTooCheap
  /// The account has as many waiting as it may.
  case accountFull
  /// There is no room, and all that waits pays as much or more.
  case full
}

/// How much waits.
struct Load: Sendable {
  private(set) var count = 0
  private(set) var sizeInBytes = 0
  /// Without the disputes.
  private(set) var ordinaryCount = 0
  private(set) var ordinarySizeInBytes = 0

  mutating func add(_ entry: MempoolEntry) { change(by: 1, entry) }

  mutating func remove(_ entry: MempoolEntry) { change(by: -1, entry) }

  func without(_ other: Load) -> Load {
    var rest = self
    rest.count -= other.count
    rest.sizeInBytes -= other.sizeInBytes
    rest.ordinaryCount -= other.ordinaryCount
    rest.ordinarySizeInBytes -= other.ordinarySizeInBytes
    return rest
  }

  private mutating func change(by sign: Int, _ entry: MempoolEntry) {
    count += sign
    sizeInBytes += sign * entry.sizeInBytes
    guard !entry.isDispute else { return }
    ordinaryCount += sign
    ordinarySizeInBytes += sign * entry.sizeInBytes
  }
}
