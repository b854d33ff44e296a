public import CanonicalCoding
public import Cryptography
public import Ledger
public import Primitives

/// A run's card with the signature of whoever measured: anyone may, and answers for it by name.
public struct SignedRunCard: Hashable, CanonicalCodable {
  public var card: RunCard
  public var maker: PublicKey
  public var signature: Signature

  public init(card: RunCard, maker: PublicKey, signature: Signature) {
    self.card = card
    self.maker = maker
    self.signature = signature
  }

  public init(_ card: RunCard, by key: SigningKey) {
    self.init(
      card: card, maker: key.publicKey, signature: key.sign(card.signedDigest.bytes))
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(card)
    encoder.encode(maker)
    encoder.encode(signature)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    card = try decoder.decode()
    maker = try decoder.decode()
    signature = try decoder.decode()
  }
}

extension RunCard {
  /// What is signed.
  public var signedDigest: Digest { Digest(domain: "whence/run-card", hashing: self) }
}

extension SignedRunCard {
  /// Checks whose it is, and that the questions it was measured on are the run's, revealed.
  ///
  /// - Parameters:
  ///   - run: the identifier and record of the run that was asked about.
  ///   - heldOut: the held-out set of ``RunRecord/epoch``.
  /// - Throws: ``CardFault`` with `cardUnfit`, `cardUnsigned` or `cardHeldOutWrong`.
  public func check(
    run: Identifier<Run>, heldOut: HeldOutRecord?
  ) throws(CardFault) {
    guard card.run == run else { throw .cardUnfit }
    guard maker.verifies(signature, over: card.signedDigest.bytes) else { throw .cardUnsigned }
    guard let heldOut, heldOut.isOpened, !card.heldOut.isEmpty,
      card.heldOut == heldOut.parts.compactMap(\.blob)
    else { throw .cardHeldOutWrong }
  }
}
