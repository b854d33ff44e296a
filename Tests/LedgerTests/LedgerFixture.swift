import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

/// Someone with a key.
struct Person: Sendable {
  let name: String
  let key: SigningKey

  var account: Identifier<Account> { Identifier(key.publicKey) }

  init(_ name: String) {
    self.name = name
    guard let key = SigningKey(seed: SHA256.digest(of: Array(name.utf8)).bytes) else {
      preconditionFailure("a digest is a seed")
    }
    self.key = key
  }

  /// The key that this person may rotate to; the first one for 0.
  func key(_ rotation: Int) -> SigningKey {
    rotation == 0 ? key : Person("\(name)'s key \(rotation)").key
  }
}

let alice = Person("alice")
let bob = Person("bob")
let carol = Person("carol")
let dave = Person("dave")
let erin = Person("erin")
let everyone = [alice, bob, carol, dave, erin]

/// A digest that stands for some content.
func digest(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }

func tokens(_ count: UInt128) -> Amount { Amount(baseUnits: count * 1_000_000_000_000_000_000) }

extension Genesis {
  static let testParameters = LedgerParameters(
    accounts: AccountParameters(minimumGasPrice: Amount(baseUnits: 1)),
    datanets: DatanetParameters(
      minimumBond: tokens(3), minimumCuratorBond: tokens(4), curatorsRequired: 1,
      bondWindow: Window(milliseconds: 6_000, blocks: 3),
      revealWindow: Window(milliseconds: 5_000, blocks: 3),
      trainingWindow: Window(milliseconds: 200_000, blocks: 120)),
    models: ModelParameters(
      minimumRunBond: tokens(5), minimumStake: Amount(baseUnits: 1000),
      priceNotice: Window(milliseconds: 3_000, blocks: 2),
      retirementNotice: Window(milliseconds: 4_000, blocks: 3),
      stakeEpoch: Window(milliseconds: 5_000, blocks: 2),
      stakeUnbonding: Window(milliseconds: 8_000, blocks: 3)),
    channels: ChannelParameters(closingWindow: Window(milliseconds: 5_000, blocks: 2)),
    receipts: ReceiptParameters(
      platformFee: Amount(baseUnits: 77), split: .standard,
      challengeWindow: Window(milliseconds: 10_000, blocks: 3),
      dustThreshold: Amount(baseUnits: 20)))

  static let test = Genesis(
    name: "test", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
    allocations: everyone.map { Allocation(publicKey: $0.key.publicKey, amount: tokens(1000)) }
      .sorted { $0.publicKey < $1.publicKey },
    parameters: testParameters)
}

/// A chain in memory that makes a block whenever it is told to.
struct TestChain {
  private(set) var head: ChainHead
  private(set) var state: InMemoryState
  private(set) var blocks: [Block] = []
  var stepInMilliseconds: UInt64 = 1000

  /// What a test's transaction pays: enough for any.
  static let fee = Amount(baseUnits: 20_000_000)

  init(_ genesis: Genesis = .test) throws {
    (head, state) = try genesis.start()
  }

  var id: Identifier<Chain> { head.header.chain }

  var nextTime: BlockTime {
    BlockTime(milliseconds: head.header.time.milliseconds + stepInMilliseconds)
  }

  func sequence(of person: Person) -> UInt64 { state.account(person.account)?.sequence ?? 0 }

  /// The key in force, of the first four of this person.
  func key(of person: Person) -> SigningKey {
    guard let inForce = state.account(person.account)?.publicKey else { return person.key }
    return (0..<4).lazy.map(person.key).first { $0.publicKey == inForce } ?? person.key
  }

  func transaction(
    _ message: Message, by person: Person, ahead: UInt64 = 0,
    fee: Amount = TestChain.fee
  ) -> Transaction {
    let key = key(of: person)
    return TransactionContent(
      chain: id, signer: person.account, publicKey: key.publicKey,
      ordering: .sequence(sequence(of: person) + ahead), fee: fee,
      expiry: Height(head.header.height.number + 10), message: message
    ).signed(by: key)
  }

  /// The message that gives a person's account another key, for the next sequence.
  func rotation(of person: Person, to key: SigningKey, ahead: UInt64 = 0) -> Message {
    let acceptance = KeyAcceptance(
      chain: id, account: person.account, ordering: .sequence(sequence(of: person) + ahead))
    return .rotateKey(acceptance.rotation(to: key))
  }

  /// A transaction in no order that expires so long after the next block.
  func unordered(
    _ message: Message, by person: Person, nonce: UInt64, lifetime: UInt64
  ) -> Transaction {
    var content = transaction(message, by: person).content
    content.ordering = .unordered(
      expiry: BlockTime(milliseconds: nextTime.milliseconds + lifetime), nonce: nonce)
    return content.signed(by: key(of: person))
  }

  /// Makes a block of transactions that must all be included.
  @discardableResult
  mutating func block(
    _ transactions: [Transaction] = [], report: ConsensusReport = .none
  ) throws -> ExecutedBlock {
    var builder = BlockBuilder(on: head, state: state, time: nextTime, report: report)
    for transaction in transactions {
      try builder.add(CheckedTransaction(canonicalBytes: transaction.canonicalBytes))
    }
    return commit(try builder.finish())
  }

  @discardableResult
  mutating func commit(_ executed: ExecutedBlock) -> ExecutedBlock {
    state.apply(executed.writes)
    head = executed.head
    blocks.append(executed.block)
    return executed
  }

  /// Makes a block of one message that must succeed, and returns its sequence.
  @discardableResult
  mutating func success(_ message: Message, by person: Person) throws -> UInt64 {
    let sequence = sequence(of: person)
    let result = try block([transaction(message, by: person)]).results[0]
    #expect(result.rejection == nil)
    return sequence
  }

  /// Makes a block of one message that must be rejected, and checks that only its fee was paid.
  mutating func rejection(of message: Message, by person: Person) throws -> Rejection? {
    let before = state
    let idle = try BlockBuilder(on: head, state: state, time: nextTime).finish().writes
    let executed = try block([transaction(message, by: person)])
    let allowed: [Holder] = [.account(person.account), .validators]
    #expect(
      try before.balance(of: allowed[0]).subtracting(TestChain.fee) == state.balance(of: allowed[0])
    )
    #expect(executed.results[0].events.isEmpty)
    // Two balances, the total of fees and the sequence; nothing else may differ from what the
    // ledger does by itself in this block.
    let own = executed.writes.filter { write in
      !idle.contains { $0.key == write.key && $0.value == write.value }
    }
    #expect(own.count == 4)
    return executed.results[0].rejection
  }

  /// Changes the state past the blocks, for what no message does yet.
  mutating func apply(_ writes: [StateWrite]) { state.apply(writes) }

  mutating func pass(blocks count: Int) throws { for _ in 0..<count { try block() } }
}
