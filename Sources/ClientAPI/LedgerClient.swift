public import CanonicalCoding
public import Cryptography
public import Ledger
public import Primitives

/// A chain as its clients see it, in this process or behind HTTP.
///
/// State is read by key, as the ledger's own rules read it, and every value is canonical bytes:
/// `client.record(.channel(id))` is the same record everywhere.
public protocol LedgerClient: Sendable {
  func status() async throws(ClientFailure) -> LedgerStatus

  /// Puts a transaction into a block and returns what became of it once the block is durable.
  ///
  /// - Throws: `rejected` if it may not enter a block, `busy`, `stopped`, `storage_failed`; a
  ///   message that the rules reject inside the block is an outcome, not a failure.
  func submit(_ transaction: Transaction) async throws(ClientFailure) -> TransactionOutcome

  /// What became of a transaction; nil if it is in no block.
  func outcome(
    of id: Identifier<Transaction>
  ) async throws(ClientFailure) -> TransactionOutcome?

  func block(at height: Height) async throws(ClientFailure) -> Block?

  /// The value of one entry of the latest state.
  func value(at key: [UInt8]) async throws(ClientFailure) -> [UInt8]?

  /// The first entries of the latest state with `prefix`, in key order, after `key` if given.
  ///
  /// As many as `limit` says, and at most ``LedgerPage/maximum``; fewer only at the end.
  func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) async throws(ClientFailure) -> [StateEntry]

  /// Proves what the state holds, or does not hold, at a key: after the block at `height`, or the
  /// last one if it is nil.
  ///
  /// Believe it only after ``StateProof/verify(trusting:)`` with a header that is trusted.
  /// - Throws: `height_not_kept` for a height whose state is gone or still to come.
  func proof(of key: [UInt8], at height: Height?) async throws(ClientFailure) -> StateProof
}

/// How much of the state one call returns.
public enum LedgerPage {
  public static let maximum = 1000
}

extension LedgerClient {
  /// Reads a record of the latest state, such as `.channel(id)` or `.purse(.treasury)`.
  public func record<Record>(
    _ key: StateKey<Record>
  ) async throws(ClientFailure) -> Record? {
    guard let bytes = try await value(at: key.bytes) else { return nil }
    return try decoded(bytes)
  }

  /// Fetches these entries into a state that holds nothing else, for audits that read from one.
  ///
  /// Each key may be read at another block.
  public func state(of keys: [[UInt8]]) async throws(ClientFailure) -> InMemoryState {
    var state = InMemoryState()
    for key in keys { state.apply([StateWrite(key: key, value: try await value(at: key))]) }
    return state
  }

  /// What a holder has; zero for one the ledger has never heard of.
  public func balance(of holder: Holder) async throws(ClientFailure) -> Amount {
    if case .account(let id) = holder { return try await record(.account(id))?.balance ?? .zero }
    return try await record(.purse(holder)) ?? .zero
  }

  /// The fee terms, in force or once in force, that an order agreed to; nil if there never were any.
  public func feeTerms(_ digest: Digest) async throws(ClientFailure) -> FeeTerms? {
    let inForce = try await status().parameters.receipts.terms
    return inForce.digest == digest ? inForce : try await record(.retiredTerms(digest))?.terms
  }

  /// Every open batch that no dispute holds, the first to end first.
  public func openBatches() async throws(ClientFailure) -> [Identifier<Batch>] {
    var batches: [Identifier<Batch>] = []
    var last: [UInt8]?
    while true {
      let page = try await entries(
        withPrefix: [StateTable.deadlines.rawValue], after: last, limit: LedgerPage.maximum)
      batches += page.compactMap(\.endingBatch)
      guard page.count == LedgerPage.maximum else { return batches }
      last = page.last?.key
    }
  }

  /// The draw of an open batch's auditors; nil before it is drawn, and once the batch has ended.
  ///
  /// Cost: reads every verifier, of whom there are at most 256, and each one's bond.
  public func auditDraw(of id: Identifier<Batch>) async throws(ClientFailure) -> AuditDraw? {
    guard let batch = try await record(.batch(id)), batch.auditSeed != nil else { return nil }
    var keys = [StateKey<LedgerParameters>.parameters.bytes, StateKey<BatchRecord>.batch(id).bytes]
    for draw in batch.draws.map(\.draw) {
      keys.append(StateKey<ChannelRecord>.channel(draw.channel).bytes)
    }
    let verifiers = try await records(
      in: .verifiers, named: Identifier<Account>.self, as: VerifierRecord.self)
    for account in verifiers.map(\.name) {
      keys.append(StateKey<VerifierRecord>.verifier(account).bytes)
      keys.append(StateKey<Amount>.purse(.verifierBond(account)).bytes)
    }
    return try await state(of: keys).auditDraw(of: id)
  }

  /// The sequence that an account's next sequenced transaction must carry.
  public func nextSequence(
    of account: Identifier<Account>
  ) async throws(ClientFailure) -> UInt64 {
    try await record(.account(account))?.sequence ?? 0
  }

  /// Reads every record of a table whose name begins with `prefix`, with its name, in key order.
  ///
  /// More than ``LedgerPage/maximum`` come in pages, each of the block that is then the latest.
  public func records<Name: CanonicalCodable, Record: CanonicalCodable>(
    in table: StateTable, prefix: [UInt8] = [], named: Name.Type = Name.self,
    as: Record.Type = Record.self
  ) async throws(ClientFailure) -> [(name: Name, record: Record)] {
    var records: [(name: Name, record: Record)] = []
    var last: [UInt8]?
    while true {
      let page = try await entries(
        withPrefix: [table.rawValue] + prefix, after: last, limit: LedgerPage.maximum)
      for entry in page {
        records.append((try decoded(Array(entry.key.dropFirst())), try decoded(entry.value)))
      }
      guard page.count == LedgerPage.maximum else { return records }
      last = page.last?.key
    }
  }

  /// Every balance that is not zero, the ledger's own purses first.
  public func allBalances() async throws(ClientFailure) -> [(holder: Holder, amount: Amount)] {
    let purses = try await records(in: .purses, named: Holder.self, as: Amount.self)
    let accounts = try await records(
      in: .accounts, named: Identifier<Account>.self, as: AccountRecord.self)
    return purses.map { ($0.name, $0.record) }
      + accounts.filter { $0.record.balance > .zero }
      .map { (.account($0.name), $0.record.balance) }
  }

  /// What has moved for each cause since genesis, of those for which anything has.
  public func statement() async throws(ClientFailure) -> [(cause: MoveCause, total: Amount)] {
    try await records(in: .totals, named: MoveCause.self, as: Amount.self)
      .map { ($0.name, $0.record) }
  }

  /// Signs a message with the account's next sequence and the least fee, and submits it.
  ///
  /// For one sender per account: two at once would use the same sequence, and one be rejected. Any
  /// number may send with orderings of their own that are unordered.
  ///
  /// - Parameters:
  ///   - account: Whose message it is; if absent, the account that `key` opened first.
  ///   - ordering: If absent, the account's next sequence.
  public func send(
    _ message: Message, by key: SigningKey, of account: Identifier<Account>? = nil,
    ordering: TransactionOrdering? = nil
  ) async throws(ClientFailure) -> TransactionOutcome {
    try await submit(try await signed(message, by: key, of: account, ordering: ordering))
  }

  /// Signs a message as ``send(_:by:of:ordering:)`` does, and submits nothing.
  public func signed(
    _ message: Message, by key: SigningKey, of account: Identifier<Account>? = nil,
    ordering: TransactionOrdering? = nil
  ) async throws(ClientFailure) -> Transaction {
    let status = try await status()
    let signer = account ?? Identifier(key.publicKey)
    let next: TransactionOrdering
    if let ordering {
      next = ordering
    } else {
      next = .sequence(try await nextSequence(of: signer))
    }
    let content = TransactionContent(
      chain: status.chain.id, signer: signer, publicKey: key.publicKey, ordering: next, fee: .zero,
      expiry: Height(status.header.height.number + 1000), message: message)
    return content.payingLeast(under: status.parameters).signed(by: key)
  }

  private func decoded<Value: CanonicalCodable>(
    _ bytes: [UInt8]
  ) throws(ClientFailure) -> Value {
    do {
      return try Value(canonicalBytes: bytes)
    } catch {
      throw ClientFailure(code: .invalidAnswer, message: "a record of state is damaged: \(error)")
    }
  }
}
