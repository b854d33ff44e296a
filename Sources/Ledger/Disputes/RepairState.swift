public import CanonicalCoding
public import Primitives

/// Presents what a receipt whose evidence was proved wrong should have been, with a bond; by anyone.
///
/// Of the same query, answer and fee there is one right receipt, which the run's index gives.
public struct PresentReceipt: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  /// The index of the receipt's leaf.
  public var leaf: UInt32
  /// As the leaf names it.
  public var wrong: Receipt
  public var right: Receipt

  public init(batch: Identifier<Batch>, leaf: UInt32, wrong: Receipt, right: Receipt) {
    self.batch = batch
    self.leaf = leaf
    self.wrong = wrong
    self.right = right
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(leaf)
    encoder.encode(wrong)
    encoder.encode(right)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    leaf = try decoder.decode()
    wrong = try decoder.decode()
    right = try decoder.decode()
  }
}

/// Who stands behind a receipt that was presented as the right one.
public struct PresentedReceipt: Hashable, CanonicalCodable {
  public var presenter: Identifier<Account>
  /// Part of ``Holder/disputeBonds``; zero once its payouts were proved wrong.
  public var bond: Amount
  /// ``Receipt/digest``.
  public var receipt: Digest
  /// The block in which the receipt itself stands.
  public var height: Height

  public init(presenter: Identifier<Account>, bond: Amount, receipt: Digest, height: Height) {
    self.presenter = presenter
    self.bond = bond
    self.receipt = receipt
    self.height = height
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(presenter)
    encoder.encode(bond)
    encoder.encode(receipt)
    encoder.encode(height)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    presenter = try decoder.decode()
    bond = try decoder.decode()
    receipt = try decoder.decode()
    height = try decoder.decode()
  }
}

/// A receipt of an open batch that was proved wrong, on its way to being corrected.
///
/// Until then the batch stays open, and whoever finds more that is wrong changes what it becomes.
public struct StruckReceipt: Hashable, CanonicalCodable {
  /// After so many wrong ones nobody presents any more.
  static let roundMaximum: UInt8 = 3

  public var channel: Identifier<Channel>
  public var adapter: Identifier<Adapter>
  /// What the leaf names.
  public var receipt: Digest
  public var wrong: RightPayouts
  /// Whether more than its payouts is wrong.
  public var isEvidenceWrong: Bool
  /// Whether its passages are: the right receipt has none.
  public var isWithoutRetrieval: Bool
  /// What it will pay; nil if nobody has shown it yet, which in the end is what uplift gives.
  public var right: RightPayouts?
  public var presented: PresentedReceipt?
  /// How many presented ones were proved wrong.
  public var round: UInt8
  public var ends: Deadline

  public init(
    channel: Identifier<Channel>, adapter: Identifier<Adapter>, receipt: Digest,
    wrong: RightPayouts, isEvidenceWrong: Bool, isWithoutRetrieval: Bool, right: RightPayouts?,
    presented: PresentedReceipt?, round: UInt8, ends: Deadline
  ) {
    self.channel = channel
    self.adapter = adapter
    self.receipt = receipt
    self.wrong = wrong
    self.isEvidenceWrong = isEvidenceWrong
    self.isWithoutRetrieval = isWithoutRetrieval
    self.right = right
    self.presented = presented
    self.round = round
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(adapter)
    encoder.encode(receipt)
    encoder.encode(wrong)
    encoder.encode(isEvidenceWrong)
    encoder.encode(isWithoutRetrieval)
    encoder.encode(optional: right)
    encoder.encode(optional: presented)
    encoder.encode(round)
    encoder.encode(ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    adapter = try decoder.decode()
    receipt = try decoder.decode()
    wrong = try decoder.decode()
    isEvidenceWrong = try decoder.decode()
    isWithoutRetrieval = try decoder.decode()
    right = try decoder.optional()
    presented = try decoder.optional()
    round = try decoder.decode()
    ends = try decoder.decode()
  }
}

/// What one payee gets of one receipt.
public struct BatchPayoutName: Hashable, CanonicalCodable {
  public var batch: Identifier<Batch>
  public var adapter: Identifier<Adapter>
  public var payee: Identifier<Account>
  /// The index of the receipt's leaf.
  public var receipt: UInt32

  public init(
    batch: Identifier<Batch>, adapter: Identifier<Adapter>, payee: Identifier<Account>,
    receipt: UInt32
  ) {
    self.batch = batch
    self.adapter = adapter
    self.payee = payee
    self.receipt = receipt
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(batch)
    encoder.encode(adapter)
    encoder.encode(payee)
    encoder.encode(receipt)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    batch = try decoder.decode()
    adapter = try decoder.decode()
    payee = try decoder.decode()
    receipt = try decoder.decode()
  }
}

extension StruckReceipt {
  /// Whether the right receipt may be presented now.
  public var awaitsPresentation: Bool {
    isEvidenceWrong && right == nil && round < Self.roundMaximum
  }
}

extension StateReader {
  /// A receipt on its way to being corrected; nil if it is not.
  public func struckReceipt(_ name: BatchLeafName) -> StruckReceipt? {
    record(.struckReceipt(name))
  }
}

extension StateKey {
  public static func struckReceipt(_ name: BatchLeafName) -> StateKey<StruckReceipt> {
    .init(.struckReceipts, name)
  }

  /// That a receipt's spans were proved wrong; nil if they were not.
  public static func struckSpans(_ name: BatchLeafName) -> StateKey<Bool> {
    .init(.struckSpans, name)
  }

  /// What a document said of an amount that was put right.
  public static func correctedAmount(_ name: BatchPayoutName) -> StateKey<Amount> {
    .init(.correctedAmounts, name)
  }
}
