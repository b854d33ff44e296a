internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Primitives
internal import SearchIndex

/// Carries a chain's stored blocks into its index, in order, each block whole.
struct IndexFiller: Sendable {
  /// Blocks of one transaction of the index: fewer transactions fill faster, and readers see each.
  private static let blocksAtOnce = 64

  let chain: ChainStore
  let index: ChainIndex

  /// Brings the index up to the last stored block.
  ///
  /// An index of another chain, or of a longer one, is emptied and filled anew.
  /// - Throws: ``NodeFailure`` if a block can't be read; ``SearchFailure`` if the index can't be
  ///   written.
  func catchUp() throws {
    guard let head = try chain.store.head() else { return }
    var last = try index.last()
    if let found = last, found.chain != head.chain || found.height > head.height {
      try index.clear()
      last = nil
    }
    if last == nil, let genesis = try chain.genesis() {
      try index.database.write(try batch(of: genesis))
    }
    var next = (last?.height ?? .genesis).next
    while next <= head.height {
      try Task.checkCancellation()
      var batch = IndexBatch(over: index)
      for _ in 0..<Self.blocksAtOnce where next <= head.height {
        try add(next, to: &batch)
        next = next.next
      }
      try index.database.write(batch.finish())
    }
  }

  /// What everyone holds at genesis, the stake of its validators where it stands.
  private func batch(of genesis: Genesis) throws -> SearchTransaction {
    var batch = IndexBatch(over: index)
    batch.addBlock(.genesis, time: genesis.time, chain: genesis.chain)
    let balances = try genesis.start().state.allBalances()
    for (entry, balance) in balances.enumerated() where balance.amount > .zero {
      try batch.addMint(balance.amount, to: balance.holder, entry: UInt32(entry))
    }
    return batch.finish()
  }

  private func add(_ height: Height, to batch: inout IndexBatch) throws {
    guard let block = try chain.block(at: height), let journal = try chain.journal(at: height)
    else {
      throw NodeFailure(
        code: .stateMismatch, message: "block \(height.number) or its journal is missing")
    }
    batch.addBlock(height, time: block.header.time, chain: block.header.chain)
    try batch.add(journal.beginningMovements, at: height, place: nil)
    for (place, transaction) in block.transactions.enumerated() {
      let id = transaction.id
      guard let outcome = try chain.outcome(of: id) else {
        throw NodeFailure(code: .stateMismatch, message: "the outcome of \(id) is missing")
      }
      batch.add(
        TransactionSummary(
          id: id, height: height, index: UInt32(place), signer: transaction.content.signer,
          kind: transaction.content.message.kind, fee: transaction.content.fee,
          code: outcome.result.code))
      try batch.add(journal.movements(at: place), at: height, place: UInt32(place))
      batch.add(outcome.result.events, at: height, place: UInt32(place))
    }
    let ending = block.transactions.count
    try batch.add(journal.movements(at: ending), at: height, place: UInt32(ending))
    batch.add(journal.endEvents, at: height, place: UInt32(ending))
  }
}

/// Rows on their way into the tables, with the balances they lead to.
private struct IndexBatch {
  private let index: ChainIndex
  private var rows = SearchTransaction()
  private var balances: [Holder: Amount] = [:]

  init(over index: ChainIndex) { self.index = index }

  mutating func addBlock(_ height: Height, time: BlockTime, chain: Identifier<Chain>) {
    rows.run(
      "INSERT INTO blocks VALUES (?, ?, ?)",
      [.integer(Int64(height.number)), .integer(Int64(time.milliseconds)), .canonical(chain)])
  }

  mutating func add(_ summary: TransactionSummary) {
    rows.run(
      "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        .integer(Int64(summary.height.number)), .integer(Int64(summary.index)),
        .canonical(summary.id), .canonical(summary.signer),
        .integer(Int64(summary.kind.rawValue)), .canonical(summary.fee),
        .integer(Int64(summary.code)),
      ])
  }

  mutating func addMint(_ amount: Amount, to holder: Holder, entry: UInt32) throws(SearchFailure) {
    balances[holder] = amount
    addRow(of: holder, .genesis, 0, entry, incoming: true, other: nil, cause: 0, amount)
  }

  mutating func add(
    _ movements: ArraySlice<Movement>, at height: Height, place: UInt32?
  ) throws(SearchFailure) {
    for (number, movement) in movements.enumerated() {
      // Each side has an entry of its own: a movement to oneself is two lines of one statement.
      let entry = UInt32(number * 2)
      let cause = movement.cause.rawValue
      guard let rest = try? balance(of: movement.from).subtracting(movement.amount) else {
        throw IndexBatch.mismatch
      }
      balances[movement.from] = rest
      addRow(
        of: movement.from, height, place, entry, incoming: false, other: movement.to, cause: cause,
        movement.amount)
      guard let sum = try? balance(of: movement.to).adding(movement.amount) else {
        throw IndexBatch.mismatch
      }
      balances[movement.to] = sum
      addRow(
        of: movement.to, height, place, entry + 1, incoming: true, other: movement.from,
        cause: cause, movement.amount)
    }
  }

  private static var mismatch: SearchFailure {
    SearchFailure(
      code: .corrupt, message: "the index does not follow from the blocks; remove its file")
  }

  mutating func add(_ events: [Event], at height: Height, place: UInt32) {
    for (entry, event) in events.enumerated() {
      rows.run(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
        [
          .canonical(event.subject), .integer(Int64(height.number)), .integer(Int64(place)),
          .integer(Int64(entry)), .integer(Int64(event.kind.rawValue)), .canonical(event.amount),
        ])
    }
  }

  private mutating func addRow(
    of holder: Holder, _ height: Height, _ place: UInt32?, _ entry: UInt32, incoming: Bool,
    other: Holder?, cause: UInt16, _ amount: Amount
  ) {
    rows.run(
      "INSERT INTO movements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [
        .canonical(holder), .integer(Int64(height.number)), .place(place),
        .integer(Int64(entry)), .integer(incoming ? 1 : 0),
        other.map { .canonical($0) } ?? .null, .integer(Int64(cause)), .canonical(amount),
        .canonical(balances[holder] ?? .zero),
      ])
  }

  private func balance(of holder: Holder) throws(SearchFailure) -> Amount {
    if let known = balances[holder] { return known }
    return try index.balance(of: holder)
  }

  /// The rows, and the balances after them.
  consuming func finish() -> SearchTransaction {
    for (holder, balance) in balances {
      rows.run(
        "INSERT INTO holders VALUES (?, ?) ON CONFLICT DO UPDATE SET balance = excluded.balance",
        [.canonical(holder), .canonical(balance)])
    }
    return rows
  }
}
