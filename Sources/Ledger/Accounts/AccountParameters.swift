public import CanonicalCoding
public import Primitives

/// What transactions cost, how many fit into a block, and how long unordered ones live.
public struct AccountParameters: Hashable, CanonicalCodable {
  /// The least a transaction pays for each unit of gas, to the validators.
  public var minimumGasPrice: Amount
  /// The gas of all transactions of one block together.
  public var blockGasMaximum: UInt64
  /// The part of a block's gas that only messages of disputes may use.
  public var disputeReserve: Share
  /// How far ahead of its block the expiry of an unordered transaction may lie, in milliseconds.
  public var nonceLifetime: UInt64
  /// How many nonces that have not expired one account may have used.
  public var nonceMaximum: UInt32

  public init(
    minimumGasPrice: Amount, blockGasMaximum: UInt64 = 100_000_000,
    disputeReserve: Share = .percent(20), nonceLifetime: UInt64 = 600_000,
    nonceMaximum: UInt32 = 4096
  ) {
    self.minimumGasPrice = minimumGasPrice
    self.blockGasMaximum = blockGasMaximum
    self.disputeReserve = disputeReserve
    self.nonceLifetime = nonceLifetime
    self.nonceMaximum = nonceMaximum
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumGasPrice)
    encoder.encode(blockGasMaximum)
    encoder.encode(disputeReserve)
    encoder.encode(nonceLifetime)
    encoder.encode(nonceMaximum)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumGasPrice = try decoder.decode()
    blockGasMaximum = try decoder.decode()
    disputeReserve = try decoder.decode()
    nonceLifetime = try decoder.decode()
    nonceMaximum = try decoder.decode()
  }
}

extension AccountParameters {
  /// A transfer without a memo has about 5,000 gas, so it costs about half a thousandth of a token.
  public static let standard = AccountParameters(
    minimumGasPrice: Amount(baseUnits: 100_000_000_000))

  /// A thousand times ``standard``'s: half a token for a transfer.
  static let gasPriceMaximum = Amount(baseUnits: 100_000_000_000_000)
  /// A day.
  static let nonceLifetimeMaximum: UInt64 = 86_400_000
  static let disputeReserveMaximum = Share.percent(50)

  /// Whether every number is one that the rules can work with: above all, whether any one
  /// transaction fits into an empty block.
  var isWithinBounds: Bool {
    minimumGasPrice <= Self.gasPriceMaximum && disputeReserve <= Self.disputeReserveMaximum
      && blockGasMaximum <= 1 << 40 && ordinaryGasMaximum >= Gas.transactionMaximum
      && nonceLifetime <= Self.nonceLifetimeMaximum
  }

  /// The gas of a block that messages other than disputes' may use, rounded down.
  public var ordinaryGasMaximum: UInt64 {
    let parts = UInt128(Share.whole.partsPerBillion - disputeReserve.partsPerBillion)
    return UInt64(UInt128(blockGasMaximum) * parts / UInt128(Share.whole.partsPerBillion))
  }

  /// The least fee of so much gas.
  func minimumFee(forGas gas: UInt64) -> Amount {
    Amount(baseUnits: minimumGasPrice.baseUnits * UInt128(gas))
  }
}
