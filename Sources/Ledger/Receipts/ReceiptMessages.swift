public import CanonicalCoding
public import Primitives

/// Settles many answers at once, optimistically; the act of a server with a bond.
///
/// The money leaves the channels now, and is handed out when the challenge window has passed.
public struct SettleBatch: Hashable, CanonicalCodable {
  public static let drawMaximum = 256
  public static let adapterMaximum = 64

  /// ``FeeTerms/digest`` of the terms that every order of the batch agreed to.
  public var terms: Digest
  /// Strictly sorted by channel and adapter.
  public var draws: [BatchDraw]
  /// One for each adapter of the draws, strictly sorted by adapter.
  public var amounts: [AmountsTree]
  /// Root of the list tree over the receipt leaves.
  public var receiptsRoot: Digest
  /// ``BatchContents``, where every leaf lies.
  public var blob: Digest

  public init(
    terms: Digest, draws: [BatchDraw], amounts: [AmountsTree], receiptsRoot: Digest, blob: Digest
  ) {
    self.terms = terms
    self.draws = draws
    self.amounts = amounts
    self.receiptsRoot = receiptsRoot
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(terms)
    encoder.encode(list: draws)
    encoder.encode(list: amounts)
    encoder.encode(receiptsRoot)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    terms = try decoder.decode()
    draws = try decoder.list(atMost: SettleBatch.drawMaximum)
    amounts = try decoder.list(atMost: SettleBatch.adapterMaximum)
    receiptsRoot = try decoder.decode()
    blob = try decoder.decode()
  }
}

/// Adds the signer's money to the bond behind the batches it settles.
public struct DepositServerBond: Hashable, CanonicalCodable {
  public var amount: Amount

  public init(amount: Amount) { self.amount = amount }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(amount) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    amount = try decoder.decode()
  }
}

/// Takes back a part of the signer's bond that no open batch needs.
public struct WithdrawServerBond: Hashable, CanonicalCodable {
  public var amount: Amount

  public init(amount: Amount) { self.amount = amount }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(amount) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    amount = try decoder.decode()
  }
}
