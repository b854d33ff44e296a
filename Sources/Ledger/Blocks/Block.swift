public import CanonicalCoding
internal import Cryptography
public import Primitives

/// What a block commits to.
public struct BlockHeader: Hashable, CanonicalCodable {
  public var chain: Identifier<Chain>
  public var height: Height
  /// Later than the block before.
  public var time: BlockTime
  /// The digest of the header before.
  public var previous: Digest
  /// Root of the list tree over the transactions.
  public var transactionsRoot: Digest
  /// Root of the list tree over the results, the block's own events last.
  public var resultsRoot: Digest
  /// Root of the state tree after the block.
  public var stateRoot: Digest
  /// Of what the consensus engine says with the block.
  public var report: Digest

  public init(
    chain: Identifier<Chain>, height: Height, time: BlockTime, previous: Digest,
    transactionsRoot: Digest, resultsRoot: Digest, stateRoot: Digest,
    report: Digest = ConsensusReport.none.digest
  ) {
    self.chain = chain
    self.height = height
    self.time = time
    self.previous = previous
    self.transactionsRoot = transactionsRoot
    self.resultsRoot = resultsRoot
    self.stateRoot = stateRoot
    self.report = report
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(height)
    encoder.encode(time)
    encoder.encode(previous)
    encoder.encode(transactionsRoot)
    encoder.encode(resultsRoot)
    encoder.encode(stateRoot)
    encoder.encode(report)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    height = try decoder.decode()
    time = try decoder.decode()
    previous = try decoder.decode()
    transactionsRoot = try decoder.decode()
    resultsRoot = try decoder.decode()
    stateRoot = try decoder.decode()
    report = try decoder.decode()
  }
}

extension BlockHeader {
  public var digest: Digest { Digest(domain: "whence/block", hashing: self) }
}

/// Transactions in their order, and what follows from them.
public struct Block: Hashable, CanonicalCodable {
  public static let transactionMaximum = 10_000

  public var header: BlockHeader
  public var transactions: [Transaction]
  /// Judged before the first transaction.
  public var report: ConsensusReport

  public init(
    header: BlockHeader, transactions: [Transaction], report: ConsensusReport = .none
  ) {
    self.header = header
    self.transactions = transactions
    self.report = report
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(header)
    encoder.encode(list: transactions)
    encoder.encode(report)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    header = try decoder.decode()
    transactions = try decoder.list(atMost: Block.transactionMaximum)
    report = try decoder.decode()
  }
}

/// What became of a transaction in a block.
public struct TransactionResult: Hashable, CanonicalCodable {
  /// More than any message, or the work at a block's end, can emit.
  public static let eventMaximum = 4096

  /// 0 for success, or a ``Rejection/code``: then only the fee was paid.
  public var code: UInt32
  public var events: [Event]

  public init(code: UInt32, events: [Event]) {
    self.code = code
    self.events = events
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(code)
    encoder.encode(list: events)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    code = try decoder.decode()
    events = try decoder.list(atMost: TransactionResult.eventMaximum)
  }
}

extension TransactionResult {
  public var rejection: Rejection? { Rejection(code: code) }
}
