import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Testing

/// A chain that makes a block of every transaction at once, in memory.
private actor MemoryClient: LedgerClient {
  private var head: ChainHead
  private var state: InMemoryState
  private var outcomes: [Identifier<Transaction>: TransactionOutcome] = [:]

  init(_ genesis: Genesis) throws { (head, state) = try genesis.start() }

  func status() throws(ClientFailure) -> LedgerStatus {
    guard let chain = state.chainRecord, let parameters = state.parameters else {
      throw ClientFailure(code: .invalidAnswer, message: "no chain")
    }
    return LedgerStatus(chain: chain, parameters: parameters, header: head.header)
  }

  func submit(_ transaction: Transaction) throws(ClientFailure) -> TransactionOutcome {
    let time = BlockTime(milliseconds: head.header.time.milliseconds + 1)
    var builder = BlockBuilder(on: head, state: state, time: time)
    let checked: CheckedTransaction
    let result: TransactionResult
    do throws(Rejection) {
      checked = try CheckedTransaction(canonicalBytes: transaction.canonicalBytes)
      result = try builder.add(checked)
    } catch {
      throw ClientFailure(error)
    }
    guard let executed = try? builder.finish() else {
      throw ClientFailure(code: .storageFailed, message: "memory failed")
    }
    head = executed.head
    state.apply(executed.writes)
    let outcome = TransactionOutcome(
      id: checked.id, height: head.header.height, index: 0, result: result)
    outcomes[checked.id] = outcome
    return outcome
  }

  func outcome(of id: Identifier<Transaction>) -> TransactionOutcome? { outcomes[id] }

  func block(at height: Height) -> Block? { nil }

  func value(at key: [UInt8]) -> [UInt8]? {
    key == Self.damaged ? [1, 2, 3] : state.value(at: key)
  }

  func entries(withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int) -> [StateEntry] {
    state.entries(withPrefix: prefix, after: key, limit: min(limit, LedgerPage.maximum))
  }

  func proof(of key: [UInt8], at height: Height?) throws(ClientFailure) -> StateProof {
    throw ClientFailure(code: .heightNotKept, message: "nothing is kept")
  }

  static let damaged = StateKey<Amount>.purse(.feePool).bytes
}

@Suite struct LedgerClientTests {
  private let key: SigningKey
  private let genesis: Genesis
  private let client: MemoryClient
  private let friend = Identifier<Account>(SHA256.digest(of: [1]))

  init() throws {
    key = try #require(SigningKey(seed: [UInt8](repeating: 9, count: 32)))
    let parameters = LedgerParameters(
      accounts: AccountParameters(minimumGasPrice: Amount(baseUnits: 3)),
      models: ModelParameters(minimumRunBond: .zero),
      channels: ChannelParameters(closingWindow: Window(milliseconds: 1, blocks: 1)),
      receipts: ReceiptParameters(
        platformFee: .zero, split: .standard, challengeWindow: Window(milliseconds: 1, blocks: 1)))
    genesis = Genesis(
      name: "memory", symbol: "WHN", time: BlockTime(milliseconds: 1),
      allocations: [Allocation(publicKey: key.publicKey, amount: Amount(baseUnits: 1_000_000))],
      parameters: parameters)
    client = try MemoryClient(genesis)
  }

  /// 3 for each unit of gas: 1000 for a transfer, 600 for its signature, 10 for each of 248 bytes.
  private static let fee: UInt128 = 3 * (1000 + 600 + 10 * 248)

  private func transfer(_ amount: UInt128) -> Message {
    .transfer(Transfer(to: friend, amount: Amount(baseUnits: amount), memo: ""))
  }

  @Test func `a message is sent with the next sequence and the least fee`() async throws {
    for sequence in UInt64(0)..<3 {
      #expect(try await client.nextSequence(of: Identifier(key.publicKey)) == sequence)
      let outcome = try await client.send(transfer(10), by: key)
      #expect(outcome.rejection == nil)
      #expect(await client.outcome(of: outcome.id) == outcome)
    }
    #expect(try await client.balance(of: .account(friend)).baseUnits == 30)
    #expect(try await client.balance(of: .validators).baseUnits == 3 * Self.fee)
  }

  @Test func `a rejected message is an outcome, a refused transaction a failure`() async throws {
    let outcome = try await client.send(transfer(2_000_000), by: key)
    #expect(outcome.rejection == .account(.insufficientBalance))
    let stranger = try #require(SigningKey(seed: [UInt8](repeating: 8, count: 32)))
    await #expect(throws: ClientFailure(.transaction(.feeNotCovered))) {
      try await client.send(transfer(1), by: stranger)
    }
  }

  @Test func `balances and causes are listed with their names`() async throws {
    _ = try await client.send(transfer(10), by: key)
    let sum = try await client.allBalances().reduce(0) { $0 + $1.amount.baseUnits }
    #expect(sum == 1_000_000)
    let statement = try await client.statement()
    #expect(statement.map(\.cause) == [.transfer, .transactionFee])
    #expect(statement.map(\.total.baseUnits) == [10, Self.fee])
  }

  @Test func `the entries of an audit are fetched into a state of their own`() async throws {
    let key = StateKey<AccountRecord>.account(Identifier(key.publicKey)).bytes
    let state = try await client.state(of: [key, StateKey<ChainRecord>.chain.bytes])
    #expect(state.chainRecord?.supply.baseUnits == 1_000_000)
    #expect(state.allBalances().map(\.amount.baseUnits) == [1_000_000])
    #expect(state.parameters == nil)
  }

  @Test func `a table longer than a page is read to its end`() async throws {
    var crowded = genesis
    crowded.allocations = (0..<UInt64(2 * LedgerPage.maximum)).compactMap { number in
      PublicKey(bytes: SHA256.digest(of: number.canonicalBytes).bytes)
    }.sorted().map { Allocation(publicKey: $0, amount: Amount(baseUnits: 1)) }
    let client = try MemoryClient(crowded)
    #expect(try await client.allBalances().count == 2 * LedgerPage.maximum)
  }

  @Test func `a damaged answer is a failure, never a record`() async throws {
    await #expect {
      try await client.balance(of: .feePool)
    } throws: { error in
      (error as? ClientFailure)?.code == .invalidAnswer
    }
  }
}
