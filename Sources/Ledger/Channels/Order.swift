public import CanonicalCoding
public import Cryptography
public import Primitives

/// What the payer's side signs before the first token of an answer is made.
public struct Order: Hashable, CanonicalCodable {
  public var chain: Identifier<Chain>
  public var channel: Identifier<Channel>
  /// Higher than that of every order settled before; from 1.
  public var number: UInt64
  /// Digest of the request behind a salt that payer and server know.
  public var request: Digest
  /// Whose part of the answer this pays for.
  public var adapter: Identifier<Adapter>
  /// All adapters that answer together; empty if ``adapter`` answers alone.
  public var ensemble: [EnsemblePart]
  public var rateIn: Amount
  public var rateOut: Amount
  /// ``FeeTerms/digest`` of the terms the payer agreed to.
  public var terms: Digest
  public var maximumFee: Amount
  /// Commits to the request's salt; see ``nonce(of:)``.
  public var nonce: Digest
  /// Not settled in a block of a later time.
  public var expiry: BlockTime
  /// Whether the receipt is for everybody; else it is sealed for payer, server and auditors.
  public var isPublic: Bool

  public init(
    chain: Identifier<Chain>, channel: Identifier<Channel>, number: UInt64, request: Digest,
    adapter: Identifier<Adapter>, ensemble: [EnsemblePart] = [], rateIn: Amount, rateOut: Amount,
    terms: Digest, maximumFee: Amount, nonce: Digest, expiry: BlockTime, isPublic: Bool
  ) {
    self.chain = chain
    self.channel = channel
    self.number = number
    self.request = request
    self.adapter = adapter
    self.ensemble = ensemble
    self.rateIn = rateIn
    self.rateOut = rateOut
    self.terms = terms
    self.maximumFee = maximumFee
    self.nonce = nonce
    self.expiry = expiry
    self.isPublic = isPublic
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(channel)
    encoder.encode(number)
    encoder.encode(request)
    encoder.encode(adapter)
    encoder.encode(list: ensemble)
    encoder.encode(rateIn)
    encoder.encode(rateOut)
    encoder.encode(terms)
    encoder.encode(maximumFee)
    encoder.encode(nonce)
    encoder.encode(expiry)
    encoder.encode(isPublic)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    channel = try decoder.decode()
    number = try decoder.decode()
    request = try decoder.decode()
    adapter = try decoder.decode()
    ensemble = try decoder.list(atMost: EnsemblePart.mostParts)
    rateIn = try decoder.decode()
    rateOut = try decoder.decode()
    terms = try decoder.decode()
    maximumFee = try decoder.decode()
    nonce = try decoder.decode()
    expiry = try decoder.decode()
    isPublic = try decoder.decode()
  }
}

extension Order {
  /// What is signed.
  public var signedDigest: Digest { Digest(domain: "whence/order", hashing: self) }

  public func signed(by key: SigningKey) -> SignedOrder {
    SignedOrder(order: self, signature: key.sign(signedDigest.bytes))
  }
}

/// An order with the signature of its channel's signing key.
public struct SignedOrder: Hashable, CanonicalCodable {
  public var order: Order
  public var signature: Signature

  public init(order: Order, signature: Signature) {
    self.order = order
    self.signature = signature
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(order)
    encoder.encode(signature)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    order = try decoder.decode()
    signature = try decoder.decode()
  }
}

extension SignedOrder {
  public func isSigned(by key: PublicKey) -> Bool {
    key.verifies(signature, over: order.signedDigest.bytes)
  }
}
