public import CanonicalCoding
public import Cryptography
public import Primitives

/// What is opened of a batch to show that it is wrong.
public enum BatchEvidence: Hashable, Sendable {
  /// One leaf in a wrong place, or whose sums begin or end wrong.
  case receipt(OpenedReceipt)
  /// Two adjacent leaves, in their order.
  case adjacentReceipts(first: OpenedReceipt, second: OpenedReceipt)
  /// A leaf and the order it names.
  case order(opened: OpenedReceipt, order: SignedOrder)
  /// Two leaves with one order number.
  case sameNumber(one: OpenedReceipt, other: OpenedReceipt)
  /// A leaf and the receipt it names.
  case document(opened: OpenedReceipt, receipt: Receipt)
  case amount(adapter: Identifier<Adapter>, opened: OpenedAmount)
  /// Two adjacent leaves, in their order.
  case adjacentAmounts(adapter: Identifier<Adapter>, first: OpenedAmount, second: OpenedAmount)
  /// A receipt and leaves that pay more of it than its payouts; strictly sorted by index.
  case overpaid(opened: OpenedReceipt, amounts: [OpenedAmount])
  /// A leaf of the receipts tree that is none.
  case unreadableReceipt(bytes: [UInt8], proof: InclusionProof)
  /// A leaf of an amounts tree that is none.
  case unreadableAmount(adapter: Identifier<Adapter>, bytes: [UInt8], proof: InclusionProof)

  public static let unreadableMaximum = 4096
}

extension BatchEvidence: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "receipt", "adjacentReceipts", "order", "sameNumber", "document", "amount", "adjacentAmounts",
    "overpaid", "unreadableReceipt", "unreadableAmount",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .receipt(let opened):
      encoder.encode(tag: 1)
      encoder.encode(opened)
    case .adjacentReceipts(let first, let second):
      encoder.encode(tag: 2)
      encoder.encode(first)
      encoder.encode(second)
    case .order(let opened, let order):
      encoder.encode(tag: 3)
      encoder.encode(opened)
      encoder.encode(order)
    case .sameNumber(let one, let other):
      encoder.encode(tag: 4)
      encoder.encode(one)
      encoder.encode(other)
    case .document(let opened, let receipt):
      encoder.encode(tag: 5)
      encoder.encode(opened)
      encoder.encode(receipt)
    case .amount(let adapter, let opened):
      encoder.encode(tag: 6)
      encoder.encode(adapter)
      encoder.encode(opened)
    case .adjacentAmounts(let adapter, let first, let second):
      encoder.encode(tag: 7)
      encoder.encode(adapter)
      encoder.encode(first)
      encoder.encode(second)
    case .overpaid(let opened, let amounts):
      encoder.encode(tag: 8)
      encoder.encode(opened)
      encoder.encode(list: amounts)
    case .unreadableReceipt(let bytes, let proof):
      encoder.encode(tag: 9)
      encoder.encode(bytes: bytes)
      encoder.encode(proof)
    case .unreadableAmount(let adapter, let bytes, let proof):
      encoder.encode(tag: 10)
      encoder.encode(adapter)
      encoder.encode(bytes: bytes)
      encoder.encode(proof)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .receipt(try decoder.decode())
    case 2: self = .adjacentReceipts(first: try decoder.decode(), second: try decoder.decode())
    case 3: self = .order(opened: try decoder.decode(), order: try decoder.decode())
    case 4: self = .sameNumber(one: try decoder.decode(), other: try decoder.decode())
    case 5: self = .document(opened: try decoder.decode(), receipt: try decoder.decode())
    case 6: self = .amount(adapter: try decoder.decode(), opened: try decoder.decode())
    case 7:
      self = .adjacentAmounts(
        adapter: try decoder.decode(), first: try decoder.decode(), second: try decoder.decode())
    case 8:
      self = .overpaid(
        opened: try decoder.decode(),
        amounts: try decoder.list(atMost: Receipt.payoutMaximum + 1))
    case 9:
      self = .unreadableReceipt(
        bytes: try decoder.bytes(atMost: Self.unreadableMaximum), proof: try decoder.decode())
    case 10:
      self = .unreadableAmount(
        adapter: try decoder.decode(), bytes: try decoder.bytes(atMost: Self.unreadableMaximum),
        proof: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// What is wrong with a batch; the raw values are stable.
public enum BatchFault: String, CaseIterable, Sendable {
  /// A leaf's bytes are not the encoding of a leaf.
  case leafUnreadable = "batch_leaf_unreadable"
  /// A receipt leaf is of another draw than its index says, or its number is out of the draw's range.
  case receiptMisplaced = "batch_receipt_misplaced"
  /// The numbers of two adjacent receipts of a draw do not rise.
  case receiptsUnsorted = "batch_receipts_unsorted"
  /// A draw's sum does not begin at zero, run by each leaf's own amount, or end at the draw's total.
  case receiptSumWrong = "batch_receipt_sum_wrong"
  /// One order is settled twice.
  case numberTwice = "batch_number_twice"
  /// The order names another chain, channel, adapter or number than its leaf, or an ensemble that is
  /// none.
  case orderDiffers = "batch_order_differs"
  /// The payer's side did not sign the order.
  case orderNotSigned = "batch_order_not_signed"
  /// The order had expired when the batch was settled.
  case orderExpired = "batch_order_expired"
  /// The order's rates are not the adapter's, or its split not the one in force.
  case termsDiffer = "batch_terms_differ"
  /// The fee does not follow from order and tokens, exceeds the order's maximum, or payouts and
  /// refund are not the contributors' part.
  case feeWrong = "batch_fee_wrong"
  /// The receipt says something else than its leaf.
  case documentDiffers = "batch_document_differs"
  /// An amount leaf pays nothing, or for a receipt that is not its adapter's.
  case amountMisplaced = "batch_amount_misplaced"
  /// A payee has no positive uplift in the run.
  case payeeStranger = "batch_payee_stranger"
  /// Two adjacent amount leaves are not strictly sorted by payee and receipt.
  case amountsUnsorted = "batch_amounts_unsorted"
  /// A sum of amounts does not begin at zero, run by each leaf's own amount, or end at the payouts.
  case amountSumWrong = "batch_amount_sum_wrong"
  /// Amount leaves pay more of a receipt than its payouts.
  case receiptOverpaid = "batch_receipt_overpaid"
}
