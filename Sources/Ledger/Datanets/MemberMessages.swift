public import CanonicalCoding
public import Primitives

/// What an owner lets an account do in a datanet.
public enum DatanetRole: UInt16, NameCodable, Hashable, Sendable {
  /// Judges contributions, accepts versions and commits to held-out sets, behind a bond.
  case curator = 1
  /// Contributes to a datanet that is not open.
  case contributor = 2
  /// Trains on a datanet that is private.
  case trainer = 3
}

extension DatanetRole: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = DatanetRole(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

/// Gives an account a role; the owner's act.
public struct GrantRole: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var account: Identifier<Account>
  public var role: DatanetRole

  public init(datanet: Identifier<Datanet>, account: Identifier<Account>, role: DatanetRole) {
    self.datanet = datanet
    self.account = account
    self.role = role
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(account)
    encoder.encode(role)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    account = try decoder.decode()
    role = try decoder.decode()
  }
}

/// Takes a role away, but not what was done in it; the owner's act.
public struct RevokeRole: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var account: Identifier<Account>
  public var role: DatanetRole

  public init(datanet: Identifier<Datanet>, account: Identifier<Account>, role: DatanetRole) {
    self.datanet = datanet
    self.account = account
    self.role = role
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(account)
    encoder.encode(role)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    account = try decoder.decode()
    role = try decoder.decode()
  }
}

/// Adds to what stands behind the signer's acts as a curator.
public struct BondCurator: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var amount: Amount

  public init(datanet: Identifier<Datanet>, amount: Amount) {
    self.datanet = datanet
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Takes a curator's bond back, whole, after the bond window.
///
/// The signer acts as a curator no more, and has no part of a held-out set still hidden.
public struct UnbondCurator: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>

  public init(datanet: Identifier<Datanet>) {
    self.datanet = datanet
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
  }
}
