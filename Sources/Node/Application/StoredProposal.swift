package import CanonicalCoding
package import Ledger
internal import Primitives

/// A proposal as the block log keeps it.
package struct StoredProposal: CanonicalCodable {
  let height: Height
  let time: BlockTime
  let previous: Digest
  let report: ConsensusReport
  let transactions: [Transaction]

  package init(_ block: ProposedBlock) {
    height = block.height
    time = block.time
    previous = block.previous
    report = block.report
    transactions = block.transactions.map(\.transaction)
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(time)
    encoder.encode(previous)
    encoder.encode(report)
    encoder.encode(list: transactions)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    height = try decoder.decode()
    time = try decoder.decode()
    previous = try decoder.decode()
    report = try decoder.decode()
    transactions = try decoder.list(atMost: Block.transactionMaximum)
  }
}
