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
  /// - Throws: ``ArithmeticError/overflow`` if it needs more than 128 bits.
  public func fee(
    of order: Order, tokensIn: UInt32, tokensOut: UInt32
  ) throws(ArithmeticError) -> Amount {
    try order.rateIn.scaledRoundingUp(by: UInt128(tokensIn), over: 1000)
      .adding(try order.rateOut.scaledRoundingUp(by: UInt128(tokensOut), over: 1000))
      .adding(platformFee)
  }

  /// Returns the fee of an answer and its parts; servers, verifiers and the ledger all use this.
  ///
  /// fee = ⌈tokensIn · rateIn / 1000⌉ + ⌈tokensOut · rateOut / 1000⌉ + platform fee.
  /// - Throws: ``ArithmeticError/overflow`` if the fee needs more than 128 bits.
  public func feeParts(
    tokensIn: UInt32, tokensOut: UInt32, rateIn: Amount, rateOut: Amount
  ) throws(ArithmeticError) -> FeeParts {
    let price = try rateIn.scaledRoundingUp(by: UInt128(tokensIn), over: 1000)
      .adding(try rateOut.scaledRoundingUp(by: UInt128(tokensOut), over: 1000))
    let parts = try splitByLargestRemainder(
      price, weights: split.shares.map { UInt128($0.partsPerBillion) })
    return FeeParts(
      fee: try price.adding(platformFee), platformFee: platformFee,
      treasury: parts[0], validators: parts[1], baseModel: parts[2], adapterOwner: parts[3],
      server: parts[4], adapterStakers: parts[5], contributors: parts[6])
  }

  /// Returns the fee of an answer to `order` and its parts.
  /// - Throws: ``ArithmeticError/overflow`` if the fee needs more than 128 bits.
  public func feeParts(
    of order: Order, tokensIn: UInt32, tokensOut: UInt32
  ) throws(ArithmeticError) -> FeeParts {
    try feeParts(
      tokensIn: tokensIn, tokensOut: tokensOut, rateIn: order.rateIn, rateOut: order.rateOut)
  }
}
