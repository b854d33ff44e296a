public import CanonicalCoding
public import Cryptography
public import Primitives

/// What an answer was worth to its payer, as its payer says once.
public enum ReceiptOutcome: UInt16, NameCodable, Hashable, Sendable {
  case accepted = 1
  case rejected = 2
  /// A check of the task that it was asked for passed.
  case passed = 3
}

extension ReceiptOutcome: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = ReceiptOutcome(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

/// Says what a settled receipt's answer was worth to its payer; by the payer, or by anybody with a
/// signature of the channel's key.
public struct ReportOutcome: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var opened: OpenedReceipt
  public var outcome: ReceiptOutcome
  /// By the channel's signing key, of ``signedDigest(of:_:chain:)``; nil if the signer is the payer.
  public var signature: Signature?

  public init(
    batch: Identifier<Batch>, opened: OpenedReceipt, outcome: ReceiptOutcome,
    signature: Signature?
  ) {
    self.batch = batch
    self.opened = opened
    self.outcome = outcome
    self.signature = signature
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(opened)
    encoder.encode(outcome)
    encoder.encode(optional: signature)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    opened = try decoder.decode()
    outcome = try decoder.decode()
    signature = try decoder.optional()
  }
}

extension ReportOutcome {
  /// What the channel's key signs.
  public static func signedDigest(
    of outcome: ReceiptOutcome, _ receipt: Digest, chain: Identifier<Chain>
  ) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(chain)
    encoder.encode(receipt)
    encoder.encode(outcome)
    return Digest(domain: "whence/outcome", hashing: encoder.bytes)
  }
}

/// The fees of receipts by what their payers said of them; each receipt counts once.
public struct OutcomeTotals: Hashable, CanonicalCodable {
  public var accepted: Amount
  public var rejected: Amount
  public var passed: Amount
  /// The part of these three that was paid on the adapter owner's own side.
  public var own: Amount

  public init(
    accepted: Amount = .zero, rejected: Amount = .zero, passed: Amount = .zero,
    own: Amount = .zero
  ) {
    self.accepted = accepted
    self.rejected = rejected
    self.passed = passed
    self.own = own
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(accepted)
    encoder.encode(rejected)
    encoder.encode(passed)
    encoder.encode(own)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    accepted = try decoder.decode()
    rejected = try decoder.decode()
    passed = try decoder.decode()
    own = try decoder.decode()
  }
}

/// What an adapter's answers brought, and what of it their payers called good.
public struct AdapterIncome: Hashable, CanonicalCodable {
  /// Of final batches' receipts; none of them void.
  public var fees: Amount
  /// The part of the fees that was paid on the adapter owner's own side.
  public var own: Amount
  public var outcomes: OutcomeTotals

  public init(fees: Amount = .zero, own: Amount = .zero, outcomes: OutcomeTotals = OutcomeTotals())
  {
    self.fees = fees
    self.own = own
    self.outcomes = outcomes
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(fees)
    encoder.encode(own)
    encoder.encode(outcomes)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    fees = try decoder.decode()
    own = try decoder.decode()
    outcomes = try decoder.decode()
  }
}

extension StateReader {
  /// What a receipt's payer said of it; nil if nothing, or so long ago that it is forgotten.
  public func outcome(_ name: BatchLeafName) -> ReceiptOutcome? { record(.outcome(name)) }

  public func income(of adapter: Identifier<Adapter>) -> AdapterIncome {
    record(.adapterIncome(adapter)) ?? AdapterIncome()
  }
}

extension StateKey {
  public static func outcome(_ name: BatchLeafName) -> StateKey<ReceiptOutcome> {
    .init(.outcomes, name)
  }

  /// What was said of an open batch's receipts, which counts when it is final.
  public static func openOutcomes(_ name: BatchAdapterName) -> StateKey<OutcomeTotals> {
    .init(.openOutcomes, name)
  }

  public static func adapterIncome(_ id: Identifier<Adapter>) -> StateKey<AdapterIncome> {
    .init(.adapterIncomes, id)
  }
}
