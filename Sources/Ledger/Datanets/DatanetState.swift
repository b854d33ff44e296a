public import CanonicalCoding
public import Primitives

/// The subject of datanet identifiers: a collection of records with an owner and a licence.
public enum Datanet: CreatedSubject { public static let domain = "whence/datanet" }

/// A datanet.
public struct DatanetRecord: Hashable, CanonicalCodable {
  public var owner: Identifier<Account>
  public var name: String
  public var type: DatanetType
  public var licence: Licence
  public var floorRateIn: Amount
  public var floorRateOut: Amount
  public var contributionDeposit: Amount
  /// What is left of the owner's bond.
  public var bond: Amount
  public var isOpen: Bool
  public var isPrivate: Bool
  /// Nothing new enters it.
  public var isClosed: Bool
  /// Versions are numbered from 1.
  public var versionCount: UInt32

  public init(
    owner: Identifier<Account>, name: String, type: DatanetType, licence: Licence,
    floorRateIn: Amount, floorRateOut: Amount, contributionDeposit: Amount, bond: Amount,
    isOpen: Bool, isPrivate: Bool, isClosed: Bool, versionCount: UInt32
  ) {
    self.owner = owner
    self.name = name
    self.type = type
    self.licence = licence
    self.floorRateIn = floorRateIn
    self.floorRateOut = floorRateOut
    self.contributionDeposit = contributionDeposit
    self.bond = bond
    self.isOpen = isOpen
    self.isPrivate = isPrivate
    self.isClosed = isClosed
    self.versionCount = versionCount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(text: name)
    encoder.encode(type)
    encoder.encode(licence)
    encoder.encode(floorRateIn)
    encoder.encode(floorRateOut)
    encoder.encode(contributionDeposit)
    encoder.encode(bond)
    encoder.encode(isOpen)
    encoder.encode(isPrivate)
    encoder.encode(isClosed)
    encoder.encode(versionCount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    name = try decoder.text(atMost: CreateDatanet.nameMaximum)
    type = try decoder.decode()
    licence = try decoder.decode()
    floorRateIn = try decoder.decode()
    floorRateOut = try decoder.decode()
    contributionDeposit = try decoder.decode()
    bond = try decoder.decode()
    isOpen = try decoder.decode()
    isPrivate = try decoder.decode()
    isClosed = try decoder.decode()
    versionCount = try decoder.decode()
  }
}

extension StateReader {
  public func datanet(_ id: Identifier<Datanet>) -> DatanetRecord? { record(.datanet(id)) }
}

extension StateKey {
  public static func datanet(_ id: Identifier<Datanet>) -> StateKey<DatanetRecord> {
    .init(.datanets, id)
  }
}
