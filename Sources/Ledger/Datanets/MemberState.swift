public import CanonicalCoding
public import Primitives

/// An account's place in a datanet.
public struct MemberName: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var account: Identifier<Account>

  public init(datanet: Identifier<Datanet>, account: Identifier<Account>) {
    self.datanet = datanet
    self.account = account
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(account)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    account = try decoder.decode()
  }
}

/// What an account is and does in a datanet.
public struct MemberRecord: Hashable, CanonicalCodable {
  public var isCurator: Bool
  public var isContributor: Bool
  public var isTrainer: Bool
  /// Committed, whatever became of them.
  public var contributions: UInt32
  /// Committed parts of held-out sets.
  public var heldOutParts: UInt32
  /// Those not revealed yet.
  public var hiddenParts: UInt32
  /// What stands behind it as a curator.
  public var bond: Amount
  /// On its way back.
  public var unbonding: Amount

  public init(
    isCurator: Bool = false, isContributor: Bool = false, isTrainer: Bool = false,
    contributions: UInt32 = 0, heldOutParts: UInt32 = 0, hiddenParts: UInt32 = 0,
    bond: Amount = .zero, unbonding: Amount = .zero
  ) {
    self.isCurator = isCurator
    self.isContributor = isContributor
    self.isTrainer = isTrainer
    self.contributions = contributions
    self.heldOutParts = heldOutParts
    self.hiddenParts = hiddenParts
    self.bond = bond
    self.unbonding = unbonding
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(isCurator)
    encoder.encode(isContributor)
    encoder.encode(isTrainer)
    encoder.encode(contributions)
    encoder.encode(heldOutParts)
    encoder.encode(hiddenParts)
    encoder.encode(bond)
    encoder.encode(unbonding)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    isCurator = try decoder.decode()
    isContributor = try decoder.decode()
    isTrainer = try decoder.decode()
    contributions = try decoder.decode()
    heldOutParts = try decoder.decode()
    hiddenParts = try decoder.decode()
    bond = try decoder.decode()
    unbonding = try decoder.decode()
  }
}

extension MemberRecord {
  /// Whether anything of a curator's is left: the role, a bond, or a part that is still hidden.
  public var hasCuratorsPart: Bool {
    isCurator || bond > .zero || unbonding > .zero || hiddenParts > 0
  }
}

extension StateReader {
  /// An account's place in a datanet; an empty one if it has none.
  public func member(_ name: MemberName) -> MemberRecord {
    record(.member(name)) ?? MemberRecord()
  }

  /// Whether an account may act as a curator now: it has the role, and enough stands behind it.
  public func isBondedCurator(_ name: MemberName) -> Bool {
    guard let parameters = parameters?.datanets else { return false }
    let member = member(name)
    return member.isCurator && member.bond >= parameters.minimumCuratorBond
      && member.unbonding == .zero
  }
}

extension StateKey {
  public static func member(_ name: MemberName) -> StateKey<MemberRecord> {
    .init(.datanetMembers, name)
  }
}
