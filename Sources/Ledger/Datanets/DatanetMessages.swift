public import CanonicalCoding
public import Primitives

/// What a datanet's records are; fixed at its creation.
public enum DatanetType: UInt16, NameCodable, Hashable, Sendable {
  case text = 1
  /// Questions and answers.
  case instruction = 2
  /// Answers ranked by people.
  case preference = 3
  case code = 4
  case image = 5
  case audio = 6
}

extension DatanetType: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let value = DatanetType(rawValue: tag) else { throw .unknownTag(tag) }
    self = value
  }
}

/// Opens a datanet that the signer owns.
public struct CreateDatanet: Hashable, CanonicalCodable {
  public static let nameMaximum = 64

  public var name: String
  public var type: DatanetType
  public var licence: Licence
  /// The least that adapters trained on it may charge for 1000 tokens read.
  public var floorRateIn: Amount
  /// The same for 1000 tokens written.
  public var floorRateOut: Amount
  /// What a contributor leaves from commit to reveal.
  public var contributionDeposit: Amount
  /// Stands behind the owner's acts until the datanet is closed.
  public var bond: Amount
  /// Whether anyone may contribute; if not, only accounts with the role.
  public var isOpen: Bool
  /// Whether only accounts with the role may train on it.
  public var isPrivate: Bool

  public init(
    name: String, type: DatanetType, licence: Licence, floorRateIn: Amount, floorRateOut: Amount,
    contributionDeposit: Amount, bond: Amount, isOpen: Bool = true, isPrivate: Bool = false
  ) {
    self.name = name
    self.type = type
    self.licence = licence
    self.floorRateIn = floorRateIn
    self.floorRateOut = floorRateOut
    self.contributionDeposit = contributionDeposit
    self.bond = bond
    self.isOpen = isOpen
    self.isPrivate = isPrivate
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(type)
    encoder.encode(licence)
    encoder.encode(floorRateIn)
    encoder.encode(floorRateOut)
    encoder.encode(contributionDeposit)
    encoder.encode(bond)
    encoder.encode(isOpen)
    encoder.encode(isPrivate)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: CreateDatanet.nameMaximum)
    type = try decoder.decode()
    licence = try decoder.decode()
    floorRateIn = try decoder.decode()
    floorRateOut = try decoder.decode()
    contributionDeposit = try decoder.decode()
    bond = try decoder.decode()
    isOpen = try decoder.decode()
    isPrivate = try decoder.decode()
  }
}

/// Hands a datanet, its bond and all of its owner's rights to another account.
public struct TransferDatanet: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var to: Identifier<Account>

  public init(datanet: Identifier<Datanet>, to: Identifier<Account>) {
    self.datanet = datanet
    self.to = to
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(to)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    to = try decoder.decode()
  }
}

/// Changes what new adapters and contributions must keep to; the owner's act.
public struct ChangeDatanetTerms: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var floorRateIn: Amount
  public var floorRateOut: Amount
  public var contributionDeposit: Amount
  public var isOpen: Bool

  public init(
    datanet: Identifier<Datanet>, floorRateIn: Amount, floorRateOut: Amount,
    contributionDeposit: Amount, isOpen: Bool
  ) {
    self.datanet = datanet
    self.floorRateIn = floorRateIn
    self.floorRateOut = floorRateOut
    self.contributionDeposit = contributionDeposit
    self.isOpen = isOpen
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(floorRateIn)
    encoder.encode(floorRateOut)
    encoder.encode(contributionDeposit)
    encoder.encode(isOpen)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    floorRateIn = try decoder.decode()
    floorRateOut = try decoder.decode()
    contributionDeposit = try decoder.decode()
    isOpen = try decoder.decode()
  }
}

/// Ends a datanet: nothing new enters it, and its bond returns after the bond window.
public struct CloseDatanet: Hashable, CanonicalCodable {
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
