public import AttributionRules
public import CanonicalCoding
public import Primitives

/// What is opened of a batch to have the ledger decide, at once, that it is wrong.
public enum FaultEvidence: Hashable, Sendable {
  /// Leaves, sums, orders and documents.
  ///
  /// What one receipt's leaf shows voids that receipt alone: the leaf before in its draw, if there is
  /// one, shows what the receipt takes of the batch.
  case arithmetic(shown: BatchEvidence, before: OpenedReceipt? = nil)
  /// A receipt, its document, and leaves that pay somebody another amount of it.
  case amount(opened: OpenedReceipt, receipt: Receipt, shown: AmountEvidence)
  /// A receipt's influence evidence, by what it says itself or one opened row.
  case scores(opened: OpenedReceipt, receipt: Receipt, evidence: ScoreEvidence)
  /// A receipt whose payouts do not follow from its evidence, with every listed row, and a row of
  /// every passage.
  case payouts(
    opened: OpenedReceipt, receipt: Receipt, rows: [OpenedRecord], passages: [OpenedRecord])
  /// A receipt's retrieval evidence, by what it says itself or opened rows.
  case retrieval(opened: OpenedReceipt, receipt: Receipt, evidence: PassageEvidence)
  /// A receipt's spans, by what they say themselves, opened texts or opened rows.
  case spans(opened: OpenedReceipt, receipt: Receipt, proof: SpanProof)
}

extension FaultEvidence: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "arithmetic", "amount", "scores", "payouts", "retrieval", "spans",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .arithmetic(let shown, let before):
      encoder.encode(tag: 1)
      encoder.encode(shown)
      encoder.encode(optional: before)
    case .amount(let opened, let receipt, let shown):
      encoder.encode(tag: 2)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(shown)
    case .scores(let opened, let receipt, let evidence):
      encoder.encode(tag: 3)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(evidence)
    case .payouts(let opened, let receipt, let rows, let passages):
      encoder.encode(tag: 4)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(list: rows)
      encoder.encode(list: passages)
    case .retrieval(let opened, let receipt, let evidence):
      encoder.encode(tag: 5)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(evidence)
    case .spans(let opened, let receipt, let proof):
      encoder.encode(tag: 6)
      encoder.encode(opened)
      encoder.encode(receipt)
      encoder.encode(proof)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1:
      self = .arithmetic(shown: try decoder.decode(), before: try decoder.optional())
    case 2:
      self = .amount(
        opened: try decoder.decode(), receipt: try decoder.decode(), shown: try decoder.decode())
    case 3:
      self = .scores(
        opened: try decoder.decode(), receipt: try decoder.decode(), evidence: try decoder.decode())
    case 4:
      self = .payouts(
        opened: try decoder.decode(), receipt: try decoder.decode(),
        rows: try decoder.list(atMost: ContributorPay.longestList),
        passages: try decoder.list(atMost: RetrievalEvidence.mostPassages))
    case 5:
      self = .retrieval(
        opened: try decoder.decode(), receipt: try decoder.decode(), evidence: try decoder.decode())
    case 6:
      self = .spans(
        opened: try decoder.decode(), receipt: try decoder.decode(), proof: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// Proves a batch wrong by arithmetic alone; level 1 and 2 of disputes.
///
/// There is no bond and no answer: evidence that shows no fault is rejected, and has cost its fee.
public struct ProveBatchFault: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var evidence: FaultEvidence

  public init(batch: Identifier<Batch>, evidence: FaultEvidence) {
    self.batch = batch
    self.evidence = evidence
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(evidence)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    evidence = try decoder.decode()
  }
}

/// Proves that a run's committed index is not strictly sorted, or gives a record two origins, by two
/// adjacent rows.
public struct ProveIndexFault: Hashable, CanonicalCodable {
  public var run: Identifier<Run>
  /// Of the decoys, not of the records.
  public var ofDecoys: Bool
  public var first: OpenedRecord
  public var second: OpenedRecord

  public init(run: Identifier<Run>, ofDecoys: Bool, first: OpenedRecord, second: OpenedRecord) {
    self.run = run
    self.ofDecoys = ofDecoys
    self.first = first
    self.second = second
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(ofDecoys)
    encoder.encode(first)
    encoder.encode(second)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    ofDecoys = try decoder.decode()
    first = try decoder.decode()
    second = try decoder.decode()
  }
}
