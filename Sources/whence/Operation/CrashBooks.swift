import ClientAPI
import Cryptography
import Ledger
import Primitives

/// A transfer that is in a block, with what the node said of it.
struct EnteredTransfer: Sendable {
  let transaction: Transaction
  let outcome: TransactionOutcome
}

/// What every account must have, computed a second time and far more simply than the ledger does:
/// transfers and fees only, in the order of their blocks.
struct CrashBooks {
  private(set) var height = Height.genesis
  private(set) var count = 0
  private var nextIndex: UInt32 = 0
  private var balances: [Identifier<Account>: UInt128] = [:]
  private var sequences: [Identifier<Account>: UInt64] = [:]

  /// - Parameter allocations: what genesis mints.
  init(allocations: [Allocation]) {
    for allocation in allocations {
      balances[Identifier(allocation.publicKey)] = allocation.amount.baseUnits
    }
  }

  func balance(of account: Identifier<Account>) -> Amount {
    Amount(baseUnits: balances[account] ?? 0)
  }

  func sequence(of account: Identifier<Account>) -> UInt64 { sequences[account] ?? 0 }

  /// Enters what came into blocks since the last call; together they must fill these blocks.
  /// - Throws: `books_differ` if one is missing or double, out of its account's order, or was
  ///   accepted or rejected against the balances.
  mutating func enter(_ transfers: [EnteredTransfer]) throws {
    let sorted = transfers.sorted {
      ($0.outcome.height, $0.outcome.index) < ($1.outcome.height, $1.outcome.index)
    }
    for transfer in sorted { try enter(transfer) }
  }

  private mutating func enter(_ transfer: EnteredTransfer) throws {
    let (content, outcome) = (transfer.transaction.content, transfer.outcome)
    let place = "transaction \(outcome.id) at \(outcome.height.number).\(outcome.index)"
    if outcome.height == height.next, outcome.index == 0 {
      height = outcome.height
      nextIndex = 0
    }
    guard outcome.height == height, outcome.index == nextIndex else {
      throw OperationFailure(
        .booksDiffer, "\(place) follows \(height.number).\(nextIndex): another is unaccounted for")
    }
    guard content.sequence == sequence(of: content.signer) else {
      throw OperationFailure(.booksDiffer, "\(place) is out of its account's order")
    }
    guard case .transfer(let message) = content.message else {
      throw OperationFailure(.booksDiffer, "\(place) is no transfer")
    }
    let held = balances[content.signer] ?? 0
    guard held >= content.fee.baseUnits else {
      throw OperationFailure(.booksDiffer, "\(place) can't pay its fee")
    }
    let rest = held - content.fee.baseUnits
    let isCovered = rest >= message.amount.baseUnits
    let expected: Rejection? = isCovered ? nil : .account(.insufficientBalance)
    guard outcome.rejection == expected else {
      throw OperationFailure(
        .booksDiffer, "\(place) ended with \(outcome.rejection.map { "\($0)" } ?? "success")")
    }
    balances[content.signer] = rest - (isCovered ? message.amount.baseUnits : 0)
    if isCovered { balances[message.to, default: 0] += message.amount.baseUnits }
    sequences[content.signer, default: 0] += 1
    nextIndex += 1
    count += 1
  }
}
