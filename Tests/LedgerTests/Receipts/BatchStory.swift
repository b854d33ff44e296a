import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

extension Story {
  static let bond = tokens(100)

  /// The contents of a batch of some receipts.
  func contents(_ receipts: [SettledReceipt]) throws -> BatchContents {
    var builder = SettlementBatchBuilder(terms: Genesis.testParameters.receipts.terms)
    for receipt in receipts {
      let record = try #require(chain.state.channel(receipt.order.order.channel))
      try builder.add(receipt, on: record)
    }
    return try builder.finish()
  }

  /// Bonds erin and settles a batch of receipts with these numbers.
  mutating func settledBatch(
    _ numbers: ClosedRange<UInt64>, edit: (inout SettleBatch) -> Void = { _ in }
  ) throws -> (id: Identifier<Batch>, contents: BatchContents) {
    try settledBatch(of: try numbers.map { try receipt($0) }, edit: edit)
  }

  /// Bonds erin and settles a batch of these receipts.
  mutating func settledBatch(
    of receipts: [SettledReceipt], edit: (inout SettleBatch) -> Void = { _ in }
  ) throws -> (id: Identifier<Batch>, contents: BatchContents) {
    try bondServer()
    let contents = try contents(receipts)
    var message = contents.message
    edit(&message)
    let sequence = try chain.success(.settleBatch(message), by: erin)
    return (Identifier(creator: erin.account, sequence: sequence), contents)
  }

  /// Settles a batch of these receipts and waits until it is final.
  @discardableResult
  mutating func settleFinally(_ receipts: [SettledReceipt]) throws -> BatchContents {
    let contents = try settledBatch(of: receipts).contents
    try passWindow()
    return contents
  }

  /// Gives erin a bond that all of a test's batches fit behind, unless she has one.
  mutating func bondServer() throws {
    guard chain.state.balance(of: .serverBond(erin.account)) == .zero else { return }
    try chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
  }

  /// Makes blocks until the challenge window of what was just settled is over.
  mutating func passWindow() throws { try chain.pass(blocks: 10) }
}

extension Story {
  /// Gives everyone positive uplift in the run, past the rules.
  mutating func makeEveryonePayable() {
    guard var record = chain.state.run(run) else { return }
    record.claim.uplift = everyone.map {
      UpliftEntry(contribution: Identifier(digest($0.name)), contributor: $0.account, uplift: 1)
    }.sorted { $0.contribution < $1.contribution }
    chain.apply([
      StateWrite(key: StateKey<RunRecord>.run(run).bytes, value: record.canonicalBytes)
    ])
  }

  /// A receipt that divides its contributors' part among some of everyone.
  func receipt(_ number: UInt64, among generator: inout SeededGenerator) throws -> SettledReceipt {
    var receipt = try receipt(number)
    var rest = receipt.refund.baseUnits + receipt.payouts.reduce(0) { $0 + $1.amount.baseUnits }
    receipt.payouts = []
    for person in everyone.sorted(by: { $0.account < $1.account }) {
      let amount = UInt128(generator.next(below: UInt64(rest / 2)))
      guard generator.next(below: 3) > 0, amount > 0 else { continue }
      receipt.payouts.append(Payout(account: person.account, amount: Amount(baseUnits: amount)))
      rest -= amount
    }
    receipt.refund = Amount(baseUnits: rest)
    return receipt
  }
}
