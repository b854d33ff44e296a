public import CanonicalCoding
public import Cryptography
public import Primitives

/// Sets money aside for one server's answers; what the server never earns comes back.
public struct OpenChannel: Hashable, CanonicalCodable {
  public var server: Identifier<Account>
  /// Signs the orders; need not be the payer's own key.
  public var signingKey: PublicKey
  public var deposit: Amount

  public init(server: Identifier<Account>, signingKey: PublicKey, deposit: Amount) {
    self.server = server
    self.signingKey = signingKey
    self.deposit = deposit
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(server)
    encoder.encode(signingKey)
    encoder.encode(deposit)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    server = try decoder.decode()
    signingKey = try decoder.decode()
    deposit = try decoder.decode()
  }
}

/// Adds to a channel's escrow; anyone may.
public struct TopUpChannel: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>
  public var amount: Amount

  public init(channel: Identifier<Channel>, amount: Amount) {
    self.channel = channel
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Closes a channel: at once if it is the server's act, who gives up what he has not settled.
///
/// The payer's act starts the closing window: the server can still settle inside it, then the rest
/// returns to the payer by itself.
public struct CloseChannel: Hashable, CanonicalCodable {
  public var channel: Identifier<Channel>

  public init(channel: Identifier<Channel>) {
    self.channel = channel
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(channel)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    channel = try decoder.decode()
  }
}
