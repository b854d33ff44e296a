public import CanonicalCoding
public import Primitives

/// The subject of batch identifiers: answers that one server settles together.
public enum Batch: CreatedSubject { public static let domain = "whence/batch" }

/// What one channel pays for its answers by one adapter in a batch.
public struct BatchDraw: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>
  public var adapter: Identifier<Adapter>
  public var receiptCount: UInt32
  /// The highest of the orders' numbers.
  public var highestNumber: UInt64
  /// What the answers cost together, platform fees included.
  public var fee: Amount
  /// What contributors get of it.
  public var payouts: Amount
  /// What no contribution earned; with the payouts, the contributors' parts.
  public var refund: Amount

  public init(
    channel: Identifier<Channel>, adapter: Identifier<Adapter>, receiptCount: UInt32,
    highestNumber: UInt64, fee: Amount, payouts: Amount, refund: Amount
  ) {
    self.channel = channel
    self.adapter = adapter
    self.receiptCount = receiptCount
    self.highestNumber = highestNumber
    self.fee = fee
    self.payouts = payouts
    self.refund = refund
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(adapter)
    encoder.encode(receiptCount)
    encoder.encode(highestNumber)
    encoder.encode(fee)
    encoder.encode(payouts)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    adapter = try decoder.decode()
    receiptCount = try decoder.decode()
    highestNumber = try decoder.decode()
    fee = try decoder.decode()
    payouts = try decoder.decode()
    refund = try decoder.decode()
  }
}

/// The tree over what one adapter's contributors get of a batch; see ``AmountLeaf``.
public struct AmountsTree: Hashable, CanonicalCodable {
  public var adapter: Identifier<Adapter>
  public var root: Digest
  public var leafCount: UInt32

  public init(adapter: Identifier<Adapter>, root: Digest, leafCount: UInt32) {
    self.adapter = adapter
    self.root = root
    self.leafCount = leafCount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(adapter)
    encoder.encode(root)
    encoder.encode(leafCount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    adapter = try decoder.decode()
    root = try decoder.decode()
    leafCount = try decoder.decode()
  }
}

/// One receipt of a batch: a leaf of its receipts tree.
///
/// Leaves are sorted by channel, adapter and number, in the order of the batch's draws, so that an
/// index alone says to which draw a leaf belongs. The sums run over one draw's leaves, this one
/// included, and end at the draw's totals.
public struct ReceiptLeaf: Hashable, CanonicalCodable {
  /// Bytes of every encoding.
  public static let byteCount = 240

  public var channel: Identifier<Channel>
  public var adapter: Identifier<Adapter>
  public var number: UInt64
  /// ``Receipt/digest``.
  public var receipt: Digest
  /// ``SignedOrder/digest``.
  public var order: Digest
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  public var fee: Amount
  public var payouts: Amount
  public var refund: Amount
  public var feeSum: Amount
  public var payoutsSum: Amount
  public var refundSum: Amount

  public init(
    channel: Identifier<Channel>, adapter: Identifier<Adapter>, number: UInt64, receipt: Digest,
    order: Digest, tokensIn: UInt32, tokensOut: UInt32, fee: Amount, payouts: Amount,
    refund: Amount, feeSum: Amount, payoutsSum: Amount, refundSum: Amount
  ) {
    self.channel = channel
    self.adapter = adapter
    self.number = number
    self.receipt = receipt
    self.order = order
    self.tokensIn = tokensIn
    self.tokensOut = tokensOut
    self.fee = fee
    self.payouts = payouts
    self.refund = refund
    self.feeSum = feeSum
    self.payoutsSum = payoutsSum
    self.refundSum = refundSum
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(adapter)
    encoder.encode(number)
    encoder.encode(receipt)
    encoder.encode(order)
    encoder.encode(tokensIn)
    encoder.encode(tokensOut)
    encoder.encode(fee)
    encoder.encode(payouts)
    encoder.encode(refund)
    encoder.encode(feeSum)
    encoder.encode(payoutsSum)
    encoder.encode(refundSum)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    adapter = try decoder.decode()
    number = try decoder.decode()
    receipt = try decoder.decode()
    order = try decoder.decode()
    tokensIn = try decoder.decode()
    tokensOut = try decoder.decode()
    fee = try decoder.decode()
    payouts = try decoder.decode()
    refund = try decoder.decode()
    feeSum = try decoder.decode()
    payoutsSum = try decoder.decode()
    refundSum = try decoder.decode()
  }
}

/// What one payee gets of one receipt: a leaf of an adapter's amounts tree.
///
/// Leaves are strictly sorted by payee and receipt, and the sums run over the whole tree, this leaf
/// included: what a payee gets of the batch is the difference of two sums.
public struct AmountLeaf: Hashable, CanonicalCodable {
  /// Bytes of every encoding.
  public static let byteCount = 84

  public var payee: Identifier<Account>
  /// The index of the receipt's leaf.
  public var receipt: UInt32
  public var amount: Amount
  public var sum: Amount
  /// The part of the sum that came from the payees' own side; see ``ChannelRecord/isOwnSide(_:)``.
  public var ownSum: Amount

  public init(
    payee: Identifier<Account>, receipt: UInt32, amount: Amount, sum: Amount, ownSum: Amount
  ) {
    self.payee = payee
    self.receipt = receipt
    self.amount = amount
    self.sum = sum
    self.ownSum = ownSum
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(payee)
    encoder.encode(receipt)
    encoder.encode(amount)
    encoder.encode(sum)
    encoder.encode(ownSum)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    payee = try decoder.decode()
    receipt = try decoder.decode()
    amount = try decoder.decode()
    sum = try decoder.decode()
    ownSum = try decoder.decode()
  }
}
