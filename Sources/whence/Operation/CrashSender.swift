import ClientAPI
import Cryptography
import Ledger
import Primitives

/// One account of the crash loop; it has one transaction in flight at a time.
struct CrashSender: Sendable {
  let key: SigningKey
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

  var account: Identifier<Account> { Identifier(key.publicKey) }

  /// What a transfer needs to know of the chain.
  struct Context: Sendable {
    let chain: Identifier<Chain>
    let fee: Amount
    let recipients: [Identifier<Account>]
  }

  /// Sends transfers, one after the other, until the node is gone.
  /// - Throws: what a node that lives may not answer.
  mutating func sendUntilGone(to client: any LedgerClient, in context: Context) async throws {
    while true {
      let message = drawnTransfer(in: context)
      guard try await send(message, to: client, in: context) else { return }
    }
  }

  /// Sends one transfer, or again what was not answered before.
  /// - Returns: whether the node answered.
  mutating func send(
    _ message: Transfer, to client: any LedgerClient, in context: Context
  ) async throws -> Bool {
    let transaction =
      pending
      ?? TransactionContent(
        chain: context.chain, publicKey: key.publicKey, sequence: sequence, fee: context.fee,
        expiry: Height(.max), message: .transfer(message)
      ).signed(by: key)
    pending = transaction
    switch await Self.answer(of: client, to: transaction) {
    case .success(let outcome):
      enter(EnteredTransfer(transaction: transaction, outcome: outcome))
      return true
    case .failure(let failure) where failure.code == .busy: return true
    case .failure(let failure) where failure.code == .unreachable: return false
    case .failure(let failure): throw failure
    }
  }

  private static func answer(
    of client: any LedgerClient, to transaction: Transaction
  ) async -> Result<TransactionOutcome, ClientFailure> {
    do throws(ClientFailure) {
      return .success(try await client.submit(transaction))
    } catch {
      return .failure(error)
    }
  }

  /// Asks a node that came back what became of the transaction that it did not answer.
  /// - Returns: nil if it is in no block; it will be sent again.
  mutating func settlePending(with client: any LedgerClient) async throws -> EnteredTransfer? {
    guard let transaction = pending, let outcome = try await client.outcome(of: transaction.id)
    else { return nil }
    let entered = EnteredTransfer(transaction: transaction, outcome: outcome)
    pending = nil
    sequence = transaction.content.sequence + 1
    return entered
  }

  /// Hands over what was acknowledged since the last call.
  mutating func takeAcknowledged() -> [EnteredTransfer] {
    defer { acknowledged = [] }
    return acknowledged
  }

  private mutating func enter(_ transfer: EnteredTransfer) {
    acknowledged.append(transfer)
    sequence = transfer.transaction.content.sequence + 1
    pending = nil
  }

  /// Up to a token to somebody; one in ten asks for more than the sender has, and is rejected.
  private mutating func drawnTransfer(in context: Context) -> Transfer {
    let to = context.recipients[Int(random.next(below: UInt64(context.recipients.count)))]
    let isTooMuch = random.next(below: 10) == 0
    let amount = UInt128(random.next(below: 1_000_000_000_000_000_000))
    return Transfer(
      to: to, amount: Amount(baseUnits: isTooMuch ? .max >> 32 : amount), memo: "crash")
  }
}
