public import CanonicalCoding
public import Primitives

/// Makes free stake of the signer transferable; it works, earns, votes and is slashed as before.
public struct WrapStake: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  /// Of the signer's delegation number 0 there.
  public var shares: UInt128

  public init(validator: Identifier<Account>, shares: UInt128) {
    self.validator = validator
    self.shares = shares
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(shares)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    shares = try decoder.decode()
  }
}

/// Turns wrapped stake back into a delegation, share for share.
public struct UnwrapStake: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  public var shares: UInt128

  public init(validator: Identifier<Account>, shares: UInt128) {
    self.validator = validator
    self.shares = shares
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(shares)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    shares = try decoder.decode()
  }
}

/// Gives wrapped stake to another account, and with it all that it will earn and its votes.
public struct TransferWrappedStake: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  public var to: Identifier<Account>
  public var shares: UInt128

  public init(validator: Identifier<Account>, to: Identifier<Account>, shares: UInt128) {
    self.validator = validator
    self.to = to
    self.shares = shares
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(to)
    encoder.encode(shares)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    to = try decoder.decode()
    shares = try decoder.decode()
  }
}
