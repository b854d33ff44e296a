public import CanonicalCoding
public import Primitives

/// How far a batch is on its way to its end.
public enum BatchStatus: UInt16, NameCodable, Hashable, CanonicalCodable {
  /// Its money waits; anyone may prove it wrong.
  case open = 1
  /// Its money is handed out.
  case final = 2
  /// It was proved wrong, and its money went back to the channels.
  case voided = 3

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let status = BatchStatus(rawValue: tag) else { throw .unknownTag(tag) }
    self = status
  }
}

/// A draw of a settled batch.
public struct DrawRecord: Hashable, CanonicalCodable {
  public var draw: BatchDraw
  /// The channel's last number before the batch; every order's is higher.
  public var previousNumber: UInt64
  /// What corrections took from the draw's payouts and have handed out already.
  public var correctedPayouts: Amount
  /// What corrections took from the draw's refund and have handed out already.
  public var correctedRefund: Amount
  /// What void receipts take of the draw.
  public var void: VoidTotals

  public init(
    draw: BatchDraw, previousNumber: UInt64, correctedPayouts: Amount = .zero,
    correctedRefund: Amount = .zero, void: VoidTotals = VoidTotals()
  ) {
    self.draw = draw
    self.previousNumber = previousNumber
    self.correctedPayouts = correctedPayouts
    self.correctedRefund = correctedRefund
    self.void = void
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(draw)
    encoder.encode(previousNumber)
    encoder.encode(correctedPayouts)
    encoder.encode(correctedRefund)
    encoder.encode(void)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    draw = try decoder.decode()
    previousNumber = try decoder.decode()
    correctedPayouts = try decoder.decode()
    correctedRefund = try decoder.decode()
    void = try decoder.decode()
  }
}

/// A settled batch; its money is the balance of ``Holder/batchEscrow(_:)`` until it is final.
public struct BatchRecord: Hashable, CanonicalCodable {
  public var server: Identifier<Account>
  public var settledAt: Height
  /// No order of the batch may have expired before.
  public var settledTime: BlockTime
  /// The terms that every order of the batch agreed to.
  public var terms: FeeTerms
  public var status: BatchStatus
  /// When the challenge window ends.
  public var windowEnds: Deadline
  /// While there are any, the batch does not become final.
  public var openDisputes: UInt32
  /// Receipts that were proved wrong and are not corrected yet; with any, it does not either.
  public var openRepairs: UInt32
  /// Whether anything of it was proved wrong: the first proof opens one more window.
  public var isProvedWrong: Bool
  public var receiptsRoot: Digest
  public var receiptCount: UInt32
  public var blob: Digest
  /// Which receipts are audited, and by whom, follows from it; nil until a later header has drawn it.
  public var auditSeed: Digest?
  /// In the order of the receipt leaves; none once the batch is final or voided.
  public var draws: [DrawRecord]

  public init(
    server: Identifier<Account>, settledAt: Height, settledTime: BlockTime, terms: FeeTerms,
    status: BatchStatus, windowEnds: Deadline, openDisputes: UInt32, openRepairs: UInt32 = 0,
    isProvedWrong: Bool = false, receiptsRoot: Digest, receiptCount: UInt32, blob: Digest,
    auditSeed: Digest? = nil, draws: [DrawRecord]
  ) {
    self.server = server
    self.settledAt = settledAt
    self.settledTime = settledTime
    self.terms = terms
    self.status = status
    self.windowEnds = windowEnds
    self.openDisputes = openDisputes
    self.openRepairs = openRepairs
    self.isProvedWrong = isProvedWrong
    self.receiptsRoot = receiptsRoot
    self.receiptCount = receiptCount
    self.blob = blob
    self.auditSeed = auditSeed
    self.draws = draws
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(server)
    encoder.encode(settledAt)
    encoder.encode(settledTime)
    encoder.encode(terms)
    encoder.encode(status)
    encoder.encode(windowEnds)
    encoder.encode(openDisputes)
    encoder.encode(openRepairs)
    encoder.encode(isProvedWrong)
    encoder.encode(receiptsRoot)
    encoder.encode(receiptCount)
    encoder.encode(blob)
    encoder.encode(optional: auditSeed)
    encoder.encode(list: draws)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    server = try decoder.decode()
    settledAt = try decoder.decode()
    settledTime = try decoder.decode()
    terms = try decoder.decode()
    status = try decoder.decode()
    windowEnds = try decoder.decode()
    openDisputes = try decoder.decode()
    openRepairs = try decoder.decode()
    isProvedWrong = try decoder.decode()
    receiptsRoot = try decoder.decode()
    receiptCount = try decoder.decode()
    blob = try decoder.decode()
    auditSeed = try decoder.optional()
    draws = try decoder.list(atMost: SettleBatch.drawMaximum)
  }
}

/// One adapter's part of one batch.
public struct BatchAdapterName: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var adapter: Identifier<Adapter>

  public init(batch: Identifier<Batch>, adapter: Identifier<Adapter>) {
    self.batch = batch
    self.adapter = adapter
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(adapter)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    adapter = try decoder.decode()
  }
}

/// What one adapter's contributors get of a batch.
public struct BatchAmountsRecord: Hashable, CanonicalCodable {
  public var run: Identifier<Run>
  public var root: Digest
  public var leafCount: UInt32
  /// The tree's last sum.
  public var payouts: Amount
  /// What nobody has claimed yet; claims never exceed it.
  public var unclaimed: Amount
  /// What the server's bond paid of it to whom the leaves paid too little; at most the payouts.
  public var compensated: Amount
  /// When the unclaimed rest lapses or, once there is none, the record and its claims are forgotten;
  /// nil while the batch is open.
  public var ends: Deadline?

  public init(
    run: Identifier<Run>, root: Digest, leafCount: UInt32, payouts: Amount, unclaimed: Amount,
    compensated: Amount = .zero, ends: Deadline? = nil
  ) {
    self.run = run
    self.root = root
    self.leafCount = leafCount
    self.payouts = payouts
    self.unclaimed = unclaimed
    self.compensated = compensated
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(root)
    encoder.encode(leafCount)
    encoder.encode(payouts)
    encoder.encode(unclaimed)
    encoder.encode(compensated)
    encoder.encode(optional: ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    root = try decoder.decode()
    leafCount = try decoder.decode()
    payouts = try decoder.decode()
    unclaimed = try decoder.decode()
    compensated = try decoder.decode()
    ends = try decoder.optional()
  }
}

/// One payee's part of one adapter's part of one batch.
public struct BatchPayeeName: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var adapter: Identifier<Adapter>
  public var payee: Identifier<Account>

  public init(
    batch: Identifier<Batch>, adapter: Identifier<Adapter>, payee: Identifier<Account>
  ) {
    self.batch = batch
    self.adapter = adapter
    self.payee = payee
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(adapter)
    encoder.encode(payee)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    adapter = try decoder.decode()
    payee = try decoder.decode()
  }
}

extension BatchRecord {
  /// The draw that the leaf at an index belongs to, and the index of the draw's first leaf.
  ///
  /// Nil beyond the last leaf, and for a batch that is no longer open.
  public func draw(ofLeaf index: UInt64) -> (record: DrawRecord, first: UInt64)? {
    var first: UInt64 = 0
    for record in draws {
      let next = first + UInt64(record.draw.receiptCount)
      if index < next { return (record, first) }
      first = next
    }
    return nil
  }
}

extension StateReader {
  public func batch(_ id: Identifier<Batch>) -> BatchRecord? { record(.batch(id)) }

  public func batchAmounts(_ name: BatchAdapterName) -> BatchAmountsRecord? {
    record(.batchAmounts(name))
  }

  /// What a payee has claimed of a batch; nil before, and again once all of the tree is claimed.
  public func batchClaim(_ name: BatchPayeeName) -> Amount? { record(.batchClaim(name)) }

  /// What corrections took from a payee's leaves.
  public func batchCorrection(_ name: BatchPayeeName) -> Amount {
    record(.batchCorrection(name)) ?? .zero
  }

  /// The contributors' parts in a server's open batches, which its bond stands behind.
  public func openContributorMoney(of server: Identifier<Account>) -> Amount {
    record(.openContributorMoney(server)) ?? .zero
  }
}

extension StateKey {
  public static func batch(_ id: Identifier<Batch>) -> StateKey<BatchRecord> {
    .init(.batches, id)
  }

  public static func batchAmounts(_ name: BatchAdapterName) -> StateKey<BatchAmountsRecord> {
    .init(.batchAmounts, name)
  }

  public static func batchClaim(_ name: BatchPayeeName) -> StateKey<Amount> {
    .init(.batchClaims, name)
  }

  public static func batchCorrection(_ name: BatchPayeeName) -> StateKey<Amount> {
    .init(.batchCorrections, name)
  }

  public static func openContributorMoney(
    _ server: Identifier<Account>
  ) -> StateKey<Amount> { .init(.openContributorMoney, server) }
}
