internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// What must hold after every block, and what follows it through the blocks.
struct BlockChecks: Sendable {
  private var books: Books
  var state: SortedState
  /// Each validator's power as a consensus engine has it from the blocks' updates.
  private var powers: [PublicKey: UInt64] = [:]

  init(_ genesis: some StateReader) {
    books = Books(genesis)
    state = SortedState(genesis)
    for member in genesis.activeSet.members { powers[member.consensusKey] = member.power }
  }

  /// Follows a block, and checks what it says.
  mutating func follow(_ executed: ExecutedBlock) throws(Breach) {
    state.apply(executed.writes)
    books.post(executed.journal.movements)
    try follow(executed.validatorUpdates)
    try Self.checkCopy(executed.block, "a block")
    try Self.checkCopy(executed.journal, "a journal")
    for result in executed.results { try Self.checkCopy(result, "a result") }
  }

  /// Follows the updates of the validators' set as an engine does, which knows nothing else.
  private mutating func follow(_ updates: [ValidatorUpdate]) throws(Breach) {
    for update in updates { powers[update.consensusKey] = update.power == 0 ? nil : update.power }
    let members = state.activeSet.members
    guard members.count == powers.count,
      members.allSatisfy({ powers[$0.consensusKey] == $0.power })
    else { throw Breach("the updates of the validators' set lead to another set") }
  }

  /// Checks the state that the blocks led to, all of it.
  func checkState() throws(Breach) {
    let broken = state.brokenInvariants()
    guard broken.isEmpty else { throw Breach("no longer true: " + broken.joined(separator: "; ")) }
    if let difference = books.difference(from: state.allBalances())
      ?? books.difference(fromTotalsIn: state)
    {
      throw Breach(difference)
    }
  }

  /// Checks that a value comes back from its bytes, and its bytes from the value.
  static func checkCopy<Value: CanonicalCodable & Equatable>(
    _ value: Value, _ name: String
  ) throws(Breach) {
    let bytes = value.canonicalBytes
    guard let copy = try? Value(canonicalBytes: bytes), copy == value, copy.canonicalBytes == bytes
    else { throw Breach("\(name) does not come back from its bytes") }
  }
}

// MARK: - Transactions that change nothing
extension BlockChecks {
  /// Checks that a rejected message paid its fee, used its place in the order, and left no other
  /// trace on the block that it stands in.
  static func checkRejected(
    _ content: TransactionContent, before: BlockBuilder, after: BlockBuilder,
    result: TransactionResult
  ) throws(Breach) {
    guard result.events.isEmpty else { throw Breach("a rejected message has events") }
    let changes = try changes(from: before, to: after)
    var allowed = [
      StateKey<Amount>.purse(.validators).bytes,
      StateKey<Amount>.total(.transactionFee).bytes,
      StateKey<AccountRecord>.account(content.signer).bytes,
    ]
    if case .unordered(let expiry, let nonce) = content.ordering {
      let name = NonceName(expiry: expiry, account: content.signer, nonce: nonce)
      allowed.append(StateKey<Bool>.nonce(name).bytes)
    }
    if let strange = changes.first(where: { !allowed.contains($0) }) {
      throw Breach("a rejected message changed \(strange.map { String($0, radix: 16) })")
    }
  }

  /// Checks that a transaction that was refused left no trace at all.
  static func checkRefused(before: BlockBuilder, after: BlockBuilder) throws(Breach) {
    guard try changes(from: before, to: after).isEmpty else {
      throw Breach("a refused transaction changed the state")
    }
  }

  /// The keys whose values differ at the block's end, were it to end now.
  private static func changes(
    from before: BlockBuilder, to after: BlockBuilder
  ) throws(Breach) -> [[UInt8]] {
    guard let one = try? before.effects(), let other = try? after.effects() else {
      throw Breach("a state in memory is unreadable")
    }
    guard one.endEvents == other.endEvents else {
      throw Breach("a message that changes nothing changes what the block's end does")
    }
    var changes: [[UInt8]] = []
    var left = one.writes[...]
    // Both are sorted by key.
    for write in other.writes {
      while let first = left.first, first.key.lexicographicallyPrecedes(write.key) {
        changes.append(first.key)
        left.removeFirst()
      }
      if left.first?.key == write.key {
        if left.first?.value != write.value { changes.append(write.key) }
        left.removeFirst()
      } else {
        changes.append(write.key)
      }
    }
    return changes + left.map(\.key)
  }
}
