internal import ClientAPI
internal import Ledger
internal import Primitives

/// A transaction waiting for its block, and whoever waits for its outcome.
struct PendingTransaction: Sendable {
  let checked: CheckedTransaction
  let resolve: @Sendable (Result<TransactionOutcome, ClientFailure>) -> Void
}

/// Transactions waiting for a block, in the order they came; bounded.
struct Mempool: Sendable {
  static let transactionMaximum = 5_000
  static let byteMaximum = 64 << 20
  /// How much of it one block takes.
  static let blockByteMaximum = 8 << 20

  private var waiting: [PendingTransaction] = []
  private var sizeInBytes = 0
  /// The sequence after an account's last waiting transaction.
  private var nextSequences: [Identifier<Account>: UInt64] = [:]

  var isEmpty: Bool { waiting.isEmpty }

  /// The sequence this account must use next, if it has transactions waiting.
  func nextSequence(of account: Identifier<Account>) -> UInt64? { nextSequences[account] }

  /// Takes a transaction in.
  /// - Returns: false if there is no room.
  mutating func add(_ pending: PendingTransaction) -> Bool {
    let size = pending.checked.sizeInBytes
    guard waiting.count < Self.transactionMaximum, sizeInBytes + size <= Self.byteMaximum else {
      return false
    }
    waiting.append(pending)
    sizeInBytes += size
    let content = pending.checked.transaction.content
    if let sequence = content.sequence { nextSequences[content.signer] = sequence + 1 }
    return true
  }

  /// Removes and returns what the next block may hold, the oldest first.
  /// - Parameter gas: The block's, which any one transaction fits into.
  mutating func takeBlock(gas: UInt64) -> [PendingTransaction] {
    var count = 0
    var size = 0
    var used: UInt64 = 0
    for pending in waiting.prefix(Block.transactionMaximum) {
      size += pending.checked.sizeInBytes
      used += pending.checked.gas
      guard count == 0 || size <= Self.blockByteMaximum && used <= gas else { break }
      count += 1
    }
    let taken = Array(waiting.prefix(count))
    waiting.removeFirst(count)
    rebuild()
    return taken
  }

  /// Removes and returns everything.
  mutating func takeAll() -> [PendingTransaction] {
    defer { self = Mempool() }
    return waiting
  }

  private mutating func rebuild() {
    sizeInBytes = 0
    nextSequences = [:]
    for pending in waiting {
      let content = pending.checked.transaction.content
      sizeInBytes += pending.checked.sizeInBytes
      if let sequence = content.sequence { nextSequences[content.signer] = sequence + 1 }
    }
  }
}
