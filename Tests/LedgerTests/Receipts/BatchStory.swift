import Ledger
import Primitives
import Testing

extension Story {
  static let bond = tokens(100)

  /// The contents of a batch of some receipts.
  func contents(_ receipts: [SettledReceipt]) throws -> BatchContents {
    var builder = SettlementBatchBuilder(terms: Genesis.testParameters.receipts)
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
    if chain.state.balance(of: .serverBond(erin.account)) == .zero {
      try chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    }
    let contents = try contents(try numbers.map { try receipt($0) })
    var message = contents.message
    edit(&message)
    let sequence = try chain.success(.settleBatch(message), by: erin)
    return (Identifier(creator: erin.account, sequence: sequence), contents)
  }

  /// Makes blocks until the challenge window of what was just settled is over.
  mutating func passWindow() throws { try chain.pass(blocks: 10) }
}
