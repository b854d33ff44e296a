internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// A block as it is agreed on, before anyone has executed it: what a driver hands the application.
public struct ProposedBlock: Sendable {
  public let height: Height
  public let time: BlockTime
  /// The digest of the header before.
  public let previous: Digest
  public let transactions: [CheckedTransaction]
  /// What the consensus engine says with the block.
  public let report: ConsensusReport
  /// Names the proposal, whatever executing it will give.
  public let digest: Digest

  public init(
    height: Height, time: BlockTime, previous: Digest, transactions: [CheckedTransaction],
    report: ConsensusReport = .none
  ) {
    self.height = height
    self.time = time
    self.previous = previous
    self.transactions = transactions
    self.report = report
    var encoder = CanonicalEncoder()
    encoder.encode(height)
    encoder.encode(time)
    encoder.encode(previous)
    encoder.encode(report.digest)
    encoder.encode(MerkleTree(leafHashes: transactions.map(\.leafHash)).root)
    digest = Digest(domain: "whence/proposal", hashing: encoder.bytes)
  }
}
