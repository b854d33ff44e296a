public import CanonicalCoding
public import Primitives

/// The subject of base-model identifiers.
public enum BaseModel: CreatedSubject { public static let domain = "whence/base-model" }

/// The subject of run identifiers: one bonded training run.
public enum Run: CreatedSubject { public static let domain = "whence/run" }

/// A base model.
public struct BaseModelRecord: Hashable, CanonicalCodable {
  public var owner: Identifier<Account>
  public var name: String
  public var weights: Digest
  public var licence: Licence

  public init(owner: Identifier<Account>, name: String, weights: Digest, licence: Licence) {
    self.owner = owner
    self.name = name
    self.weights = weights
    self.licence = licence
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(text: name)
    encoder.encode(weights)
    encoder.encode(licence)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    name = try decoder.text(atMost: RegisterBaseModel.nameMaximum)
    weights = try decoder.decode()
    licence = try decoder.decode()
  }
}

/// A bonded claim about a training run.
public struct RunRecord: Hashable, CanonicalCodable {
  /// Put up the bond, and so stands behind every adapter of the run.
  public var owner: Identifier<Account>
  public var claim: SubmitRunRecord
  public var heldOutEpoch: UInt32
  public var challengeEnds: Deadline

  public init(
    owner: Identifier<Account>, claim: SubmitRunRecord, heldOutEpoch: UInt32,
    challengeEnds: Deadline
  ) {
    self.owner = owner
    self.claim = claim
    self.heldOutEpoch = heldOutEpoch
    self.challengeEnds = challengeEnds
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(claim)
    encoder.encode(heldOutEpoch)
    encoder.encode(challengeEnds)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    claim = try decoder.decode()
    heldOutEpoch = try decoder.decode()
    challengeEnds = try decoder.decode()
  }
}

extension RunRecord {
  /// Whether something of it can be disputed: anything within its window, its uplift until what its
  /// answers brought is released.
  func isChallenged(in state: some StateReader, at now: Moment) -> Bool {
    guard challengeEnds.hasCome(at: now.time, height: now.height) else { return true }
    let release = state.heldOut(of: epoch.datanet, epoch: epoch.epoch)?.release
    return release.map { !$0.hasCome(at: now.time, height: now.height) } ?? true
  }

  /// The epoch whose held-out set measures this run and releases its contributors' money.
  public var epoch: EpochName { EpochName(datanet: claim.version.datanet, epoch: heldOutEpoch) }

  /// Whether some contribution of this account has positive uplift, so that it may be paid.
  public func mayPay(_ account: Identifier<Account>) -> Bool {
    claim.uplift.contains { $0.contributor == account && $0.uplift > 0 }
  }
}

extension StateReader {
  public func baseModel(_ id: Identifier<BaseModel>) -> BaseModelRecord? { record(.baseModel(id)) }

  public func run(_ id: Identifier<Run>) -> RunRecord? { record(.run(id)) }
}

extension StateKey {
  public static func baseModel(_ id: Identifier<BaseModel>) -> StateKey<BaseModelRecord> {
    .init(.baseModels, id)
  }

  public static func run(_ id: Identifier<Run>) -> StateKey<RunRecord> { .init(.runs, id) }
}
