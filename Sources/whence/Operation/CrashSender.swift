import ClientAPI
import Cryptography
import Ledger
import Primitives

/// One account of the crash loop; it has one transaction in flight at a time.
actor CrashSender {
  nonisolated let key: SigningKey
  /// The sequence after the last transaction that is known to be in a block.
  private(set) var sequence: UInt64 = 0
  /// Sent, and not answered: it may be in a block or not.
  private(set) var pending: Transaction?
  /// Acknowledged since the node last started.
  private(set) var acknowledged: [EnteredTransfer] = []
  private var random: SeededGenerator

  init(key: SigningKey, seed: UInt64) {
    self.key = key
    random = SeededGenerator(seed: seed)
  }

  nonisolated var account: Identifier<Account> { Identifier(key.publicKey) }

  /// What a transfer needs to know of the chain.
  struct Context: Sendable {
    let chain: Identifier<Chain>
    let parameters: LedgerParameters
    let recipients: [Identifier<Account>]
  }

  /// Sends transfers, one after the other, until the node is gone.
  /// - Throws: what a node that lives may not answer.
  func sendUntilGone(to client: any LedgerClient, in context: Context) async throws {
    while true {
      let message = drawnTransfer(in: context)
      guard try await send(message, to: client, in: context) else { return }
    }
  }

  /// Sends transfers, one after the other, after what an earlier node did not answer.
  /// - Returns: whether the node answered every one.
  func sendAll(
    _ messages: [Transfer], to client: any LedgerClient, in context: Context
  ) async throws -> Bool {
    for message in messages {
      let wasPending = pending != nil
      guard try await send(message, to: client, in: context) else { return false }
      if wasPending {
        guard try await send(message, to: client, in: context) else { return false }
      }
    }
    return true
  }

  /// Sends one transfer, or again what was not answered before.
  /// - Returns: whether the node answered.
  func send(
    _ message: Transfer, to client: any LedgerClient, in context: Context
  ) async throws -> Bool {
    let transaction =
      pending
      ?? TransactionContent(
        chain: context.chain, publicKey: key.publicKey, sequence: sequence, fee: .zero,
        expiry: Height(.max), message: .transfer(message)
      ).payingLeast(under: context.parameters).signed(by: key)
    pending = transaction
    let outcome: TransactionOutcome
    do {
      outcome = try await client.submit(transaction)
    } catch {
      switch error.code {
      case .busy: return true
      case .unreachable, .outcomeUnknown: return false
      default: throw error
      }
    }
    enter(EnteredTransfer(transaction: transaction, outcome: outcome))
    return true
  }

  /// Asks a node that came back what became of the transaction that it did not answer.
  /// - Returns: nil if it is in no block; it will be sent again.
  func settlePending(with client: any LedgerClient) async throws -> EnteredTransfer? {
    guard let transaction = pending, let outcome = try await client.outcome(of: transaction.id)
    else { return nil }
    let entered = EnteredTransfer(transaction: transaction, outcome: outcome)
    pending = nil
    sequence += 1
    return entered
  }

  /// Hands over what was acknowledged since the last call.
  func takeAcknowledged() -> [EnteredTransfer] {
    defer { acknowledged = [] }
    return acknowledged
  }

  private func enter(_ transfer: EnteredTransfer) {
    acknowledged.append(transfer)
    sequence += 1
    pending = nil
  }

  /// Up to a token to somebody; one in ten asks for more than the sender has, and is rejected.
  private func drawnTransfer(in context: Context) -> Transfer {
    let to = context.recipients[Int(random.next(below: UInt64(context.recipients.count)))]
    let isTooMuch = random.next(below: 10) == 0
    let amount = UInt128(random.next(below: 1_000_000_000_000_000_000))
    return Transfer(
      to: to, amount: Amount(baseUnits: isTooMuch ? .max >> 32 : amount), memo: "crash")
  }
}
