public import CanonicalCoding
public import Primitives

/// How a run's claim stands.
public enum RunStatus: UInt16, NameCodable, Sendable {
  /// Within its challenge window.
  case open = 1
  /// Its challenge window is over.
  case final = 2
  /// Somebody disputes it: bond and stake stay where they are.
  case disputed = 3
  /// Proved wrong: nothing of it is served any more.
  case slashed = 4
  /// Its bond is back with its owner.
  case withdrawn = 5
}

extension RunStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let status = RunStatus(rawValue: tag) else { throw .unknownTag(tag) }
    self = status
  }
}

/// What changes about a run; its record, with the claim, never does.
public struct RunStanding: Hashable, CanonicalCodable {
  public var status: RunStatus
  /// What is left of the bond.
  public var bond: Amount
  /// The bond stays at least so long: the last of the challenge window and the windows after each
  /// adapter's last answer.
  public var bondHeldUntil: Deadline
  /// Adapters on offer.
  public var adaptersOnOffer: UInt32
  public var openDisputes: UInt32

  public init(
    status: RunStatus, bond: Amount, bondHeldUntil: Deadline, adaptersOnOffer: UInt32 = 0,
    openDisputes: UInt32 = 0
  ) {
    self.status = status
    self.bond = bond
    self.bondHeldUntil = bondHeldUntil
    self.adaptersOnOffer = adaptersOnOffer
    self.openDisputes = openDisputes
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(status)
    encoder.encode(bond)
    encoder.encode(bondHeldUntil)
    encoder.encode(adaptersOnOffer)
    encoder.encode(openDisputes)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    status = try decoder.decode()
    bond = try decoder.decode()
    bondHeldUntil = try decoder.decode()
    adaptersOnOffer = try decoder.decode()
    openDisputes = try decoder.decode()
  }
}

extension RunStanding {
  /// Whether adapters of the run may be offered and staked on.
  public var isSound: Bool { status == .open || status == .final }

  /// Whether answers of the run's adapters settle; a dispute alone does not stop them.
  public var settles: Bool { isSound || status == .disputed }
}

extension StateReader {
  public func standing(of run: Identifier<Run>) -> RunStanding? { record(.standing(of: run)) }
}

extension StateKey {
  public static func standing(of run: Identifier<Run>) -> StateKey<RunStanding> {
    .init(.runStandings, run)
  }
}
