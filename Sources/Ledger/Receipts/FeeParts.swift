public import Primitives

/// An answer's fee and where each unit of it goes.
public struct FeeParts: Hashable, Sendable {
  /// The sum of everything below.
  public let fee: Amount
  public let platformFee: Amount
  public let treasury: Amount
  public let validators: Amount
  public let baseModel: Amount
  public let adapterOwner: Amount
  public let server: Amount
  public let adapterStakers: Amount
  /// Payouts to contributors and the payer's refund together.
  public let contributors: Amount
}

extension FeeTerms {
  /// Returns the fee of an answer to `order`.
  /// - Throws: ``ArithmeticError/overflow`` if it needs more than 128 bits,
  ///   ``ArithmeticError/divisionByZero`` if the order's ensemble is none.
  public func fee(
    of order: Order, tokensIn: UInt32, tokensOut: UInt32
  ) throws(ArithmeticError) -> Amount {
    try Self.price(
      tokensIn: tokensIn, tokensOut: tokensOut, rateIn: order.rateIn, rateOut: order.rateOut,
      share: order.share
    ).adding(platformFee)
  }

  private static func price(
    tokensIn: UInt32, tokensOut: UInt32, rateIn: Amount, rateOut: Amount,
    share: (weight: UInt128, of: UInt128)
  ) throws(ArithmeticError) -> Amount {
    func price(_ tokens: UInt32, _ rate: Amount) throws(ArithmeticError) -> Amount {
      try rate.scaledRoundingUp(by: UInt128(tokens) * share.weight, over: 1000 * share.of)
    }
    return try price(tokensIn, rateIn).adding(try price(tokensOut, rateOut))
  }

  /// Returns the fee of an answer and its parts; servers, verifiers and the ledger all use this.
  ///
  /// fee = ⌈tokensIn · rateIn · share / 1000⌉ + ⌈tokensOut · rateOut · share / 1000⌉ + platform fee.
  /// - Parameter share: the part of each token that is paid for; see ``Order/share``.
  /// - Throws: ``ArithmeticError/overflow`` if the fee needs more than 128 bits,
  ///   ``ArithmeticError/divisionByZero`` for a share of nothing.
  public func feeParts(
    tokensIn: UInt32, tokensOut: UInt32, rateIn: Amount, rateOut: Amount,
    share: (weight: UInt128, of: UInt128) = (1, 1)
  ) throws(ArithmeticError) -> FeeParts {
    let price = try Self.price(
      tokensIn: tokensIn, tokensOut: tokensOut, rateIn: rateIn, rateOut: rateOut, share: share)
    let parts = try splitByLargestRemainder(
      price, weights: split.shares.map { UInt128($0.partsPerBillion) })
    return FeeParts(
      fee: try price.adding(platformFee), platformFee: platformFee,
      treasury: parts[0], validators: parts[1], baseModel: parts[2], adapterOwner: parts[3],
      server: parts[4], adapterStakers: parts[5], contributors: parts[6])
  }

  /// Returns the fee of an answer to `order` and its parts.
  /// - Throws: as ``fee(of:tokensIn:tokensOut:)``.
  public func feeParts(
    of order: Order, tokensIn: UInt32, tokensOut: UInt32
  ) throws(ArithmeticError) -> FeeParts {
    try feeParts(
      tokensIn: tokensIn, tokensOut: tokensOut, rateIn: order.rateIn, rateOut: order.rateOut,
      share: order.share)
  }
}
