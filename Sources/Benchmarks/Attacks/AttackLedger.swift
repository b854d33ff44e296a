internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// A chain in memory under the standard parameters, on which everybody begins with as much.
struct AttackLedger {
  private(set) var state: InMemoryState
  private var head: ChainHead
  private var keys: [String: SigningKey] = [:]

  /// What an account begins with, in base units.
  static let allowance = token * 100_000
  static let token: UInt128 = 1_000_000_000_000_000_000

  init(accounts: [String]) throws {
    for account in accounts {
      keys[account] = SigningKey(seed: SHA256.digest(of: Array(account.utf8)).bytes)
    }
    let allocations = keys.values
      .map { Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: Self.allowance)) }
      .sorted { $0.publicKey < $1.publicKey }
    (head, state) = try Genesis(
      name: "attacks", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
      allocations: allocations, parameters: LedgerParameters()
    ).start()
  }

  var id: Identifier<Chain> { head.header.chain }
  var parameters: LedgerParameters { head.parameters }
  var time: BlockTime { head.header.time }
  var height: Height { head.header.height }

  func key(_ account: String) -> SigningKey {
    guard let key = keys[account] else { preconditionFailure("every party has a key") }
    return key
  }

  func account(_ name: String) -> Identifier<Account> { Identifier(key(name).publicKey) }

  /// What accounts and their bonds hold together, in base units.
  func wealth(of names: some Sequence<String>) -> Double {
    names.reduce(0) { sum, name in
      let account = account(name)
      return sum + Double(state.balance(of: .account(account)).baseUnits)
        + Double(state.balance(of: .serverBond(account)).baseUnits)
    }
  }

  /// Makes a block of one message, ten seconds after the last, and returns why it was refused.
  mutating func attempt(_ message: Message, by name: String) throws -> Rejection? {
    Rejection(code: try block([(message, name)])[0].code)
  }

  /// Makes a block of one message that is accepted.
  mutating func send(_ message: Message, by name: String) throws {
    let rejection = try attempt(message, by: name)
    precondition(rejection == nil, "\(message.kind) is refused: \(String(describing: rejection))")
  }

  /// The same of a message that makes something, and returns what the ledger calls it.
  mutating func send<Subject: CreatedSubject>(
    _ message: Message, by name: String, making: Subject.Type
  ) throws -> Identifier<Subject> {
    let id = next(making, by: name)
    try send(message, by: name)
    return id
  }

  /// What the ledger will call whatever an account makes next.
  func next<Subject: CreatedSubject>(
    _: Subject.Type, by name: String
  ) -> Identifier<Subject> {
    Identifier(
      creator: account(name), sequence: state.account(account(name))?.sequence ?? 0)
  }

  @discardableResult
  mutating func block(
    _ messages: [(Message, String)], after milliseconds: UInt64 = 10_000
  ) throws -> [TransactionResult] {
    let time = BlockTime(milliseconds: head.header.time.milliseconds + milliseconds)
    var builder = BlockBuilder(on: head, state: state, time: time)
    var results: [TransactionResult] = []
    for (message, name) in messages {
      results.append(
        try builder.add(
          CheckedTransaction(canonicalBytes: transaction(message, by: name).canonicalBytes)))
    }
    let executed = try builder.finish()
    state.apply(executed.writes)
    head = executed.head
    return results
  }

  mutating func pass(blocks: Int, each milliseconds: UInt64 = 10_000) throws {
    for _ in 0..<blocks { try block([], after: milliseconds) }
  }

  private func transaction(_ message: Message, by name: String) -> Transaction {
    TransactionContent(
      chain: id, signer: account(name), publicKey: key(name).publicKey,
      ordering: .sequence(state.account(account(name))?.sequence ?? 0), fee: .zero,
      expiry: Height(head.header.height.number + 10), message: message
    ).payingLeast(under: parameters).signed(by: key(name))
  }
}
