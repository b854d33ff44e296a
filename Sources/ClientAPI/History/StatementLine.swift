public import CanonicalCoding
public import Ledger
public import Primitives

/// One movement of a holder's money, seen from the holder's side.
public struct StatementLine: Hashable, CanonicalCodable {
  public var place: HistoryPlace
  public var time: BlockTime
  /// Why the money moved; nil where genesis minted it.
  public var cause: MoveCause?
  /// Whether the holder's balance rose.
  public var isIncoming: Bool
  public var amount: Amount
  /// The other side; nil at genesis, and the holder itself where money came back to where it was.
  public var other: Holder?
  /// What the holder had after it.
  public var balance: Amount
  /// What the movement belongs to; nil for what the ledger did by itself.
  public var transaction: TransactionSummary?

  public init(
    place: HistoryPlace, time: BlockTime, cause: MoveCause?, isIncoming: Bool, amount: Amount,
    other: Holder?, balance: Amount, transaction: TransactionSummary?
  ) {
    self.place = place
    self.time = time
    self.cause = cause
    self.isIncoming = isIncoming
    self.amount = amount
    self.other = other
    self.balance = balance
    self.transaction = transaction
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(place)
    encoder.encode(time)
    encoder.encode(optional: cause)
    encoder.encode(isIncoming)
    encoder.encode(amount)
    encoder.encode(optional: other)
    encoder.encode(balance)
    encoder.encode(optional: transaction)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    place = try decoder.decode()
    time = try decoder.decode()
    cause = try decoder.optional()
    isIncoming = try decoder.decode()
    amount = try decoder.decode()
    other = try decoder.optional()
    balance = try decoder.decode()
    transaction = try decoder.optional()
  }
}

/// A transaction in a block, in a few words.
public struct TransactionSummary: Hashable, CanonicalCodable {
  public var place: HistoryPlace { HistoryPlace(height: height, index: index, entry: 0) }

  public var id: Identifier<Transaction>
  public var height: Height
  public var index: UInt32
  public var signer: Identifier<Account>
  public var kind: MessageKind
  public var fee: Amount
  /// 0 for success, or a rejection's.
  public var code: UInt32

  public init(
    id: Identifier<Transaction>, height: Height, index: UInt32, signer: Identifier<Account>,
    kind: MessageKind, fee: Amount, code: UInt32
  ) {
    self.id = id
    self.height = height
    self.index = index
    self.signer = signer
    self.kind = kind
    self.fee = fee
    self.code = code
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(id)
    encoder.encode(height)
    encoder.encode(index)
    encoder.encode(signer)
    encoder.encode(tag: kind.rawValue)
    encoder.encode(fee)
    encoder.encode(code)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    id = try decoder.decode()
    height = try decoder.decode()
    index = try decoder.decode()
    signer = try decoder.decode()
    let tag = try decoder.tag()
    guard let kind = MessageKind(rawValue: tag) else { throw .unknownTag(tag) }
    self.kind = kind
    fee = try decoder.decode()
    code = try decoder.decode()
  }
}

/// Something that happened, and where.
public struct PlacedEvent: Hashable, CanonicalCodable {
  public var place: HistoryPlace
  public var event: Event

  public init(place: HistoryPlace, event: Event) {
    self.place = place
    self.event = event
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(place)
    encoder.encode(event)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    place = try decoder.decode()
    event = try decoder.decode()
  }
}
