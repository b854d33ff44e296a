public import CanonicalCoding
public import Primitives

/// A settled receipt, found by its digest.
public struct ReceiptRecord: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>
  public var number: UInt64
  public var adapter: Identifier<Adapter>
  public var settledAt: Height
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  public var fee: Amount
  public var refund: Amount

  public init(
    channel: Identifier<Channel>, number: UInt64, adapter: Identifier<Adapter>, settledAt: Height,
    tokensIn: UInt32, tokensOut: UInt32, fee: Amount, refund: Amount
  ) {
    self.channel = channel
    self.number = number
    self.adapter = adapter
    self.settledAt = settledAt
    self.tokensIn = tokensIn
    self.tokensOut = tokensOut
    self.fee = fee
    self.refund = refund
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(number)
    encoder.encode(adapter)
    encoder.encode(settledAt)
    encoder.encode(tokensIn)
    encoder.encode(tokensOut)
    encoder.encode(fee)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    number = try decoder.decode()
    adapter = try decoder.decode()
    settledAt = try decoder.decode()
    tokensIn = try decoder.decode()
    tokensOut = try decoder.decode()
    fee = try decoder.decode()
    refund = try decoder.decode()
  }
}

/// The money one account has coming from one run's answers, until the epoch is released.
public struct ClaimName: Hashable, CanonicalCodable {
  public var epoch: EpochName
  public var run: Identifier<Run>
  public var account: Identifier<Account>

  public init(epoch: EpochName, run: Identifier<Run>, account: Identifier<Account>) {
    self.epoch = epoch
    self.run = run
    self.account = account
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(epoch)
    encoder.encode(run)
    encoder.encode(account)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    epoch = try decoder.decode()
    run = try decoder.decode()
    account = try decoder.decode()
  }
}

extension StateReader {
  public func receipt(_ digest: Digest) -> ReceiptRecord? { record(.receipt(digest)) }

  public func claim(_ name: ClaimName) -> Amount { record(.claim(name)) ?? .zero }
}

extension StateKey {
  public static func receipt(_ digest: Digest) -> StateKey<ReceiptRecord> {
    .init(.receipts, digest)
  }

  public static func claim(_ name: ClaimName) -> StateKey<Amount> { .init(.claims, name) }
}
