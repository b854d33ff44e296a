internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import Ledger
public import Primitives

/// A chain that makes a block of every transaction at once, in memory.
public actor MemoryLedger: LedgerClient {
  private var head: ChainHead
  private var state: InMemoryState
  private var blocks: [Block] = []
  private var outcomes: [Identifier<Transaction>: TransactionOutcome] = [:]
  /// Thrown by every call from now on.
  private var failure: ClientFailure?
  private var refusal: ClientFailure?
  private var delay: UInt64 = 0

  public init(_ genesis: Genesis) throws { (head, state) = try genesis.start() }

  public func fail(with failure: ClientFailure?) { self.failure = failure }

  /// The next block comes so much later.
  public func wait(milliseconds: UInt64) { delay = milliseconds }

  /// Makes only the taking of transactions fail; reading goes on.
  public func refuseTransactions(with refusal: ClientFailure?) { self.refusal = refusal }

  public func status() throws(ClientFailure) -> LedgerStatus {
    try check()
    guard let chain = state.chainRecord, let parameters = state.parameters else {
      throw ClientFailure(code: .invalidAnswer, message: "no chain")
    }
    return LedgerStatus(chain: chain, parameters: parameters, header: head.header)
  }

  public func submit(_ transaction: Transaction) throws(ClientFailure) -> TransactionOutcome {
    try check()
    if let refusal { throw refusal }
    let time = BlockTime(milliseconds: head.header.time.milliseconds + 1 + delay)
    delay = 0
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
    blocks.append(executed.block)
    let outcome = TransactionOutcome(
      id: checked.id, height: head.header.height, index: 0, result: result)
    outcomes[checked.id] = outcome
    return outcome
  }

  public func outcome(of id: Identifier<Transaction>) throws(ClientFailure) -> TransactionOutcome? {
    try check()
    return outcomes[id]
  }

  public func block(at height: Height) throws(ClientFailure) -> Block? {
    try check()
    return blocks.first { $0.header.height == height }
  }

  public func value(at key: [UInt8]) throws(ClientFailure) -> [UInt8]? {
    try check()
    return state.value(at: key)
  }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) throws(ClientFailure) -> [StateEntry] {
    try check()
    return state.entries(withPrefix: prefix, after: key, limit: limit)
  }

  public func proof(of key: [UInt8], at height: Height?) throws(ClientFailure) -> StateProof {
    try check()
    guard height ?? head.header.height == head.header.height else {
      throw ClientFailure(code: .heightNotKept, message: "memory keeps the last state alone")
    }
    let state = state
    guard
      let proof = try? head.tree.proof(
        of: key,
        entry: { leaf in
          let all = state.entries(withPrefix: [], after: nil, limit: .max)
          let entry = all.first { SHA256.digest(of: $0.key) == leaf.place }
          return (entry?.key ?? [], entry?.value ?? [])
        })
    else {
      throw ClientFailure(code: .storageFailed, message: "memory failed")
    }
    return StateProof(
      header: head.header, key: key, value: state.value(at: key), proof: proof.bytes)
  }

  private func check() throws(ClientFailure) { if let failure { throw failure } }
}
