public import CanonicalCoding
public import Cryptography
public import Primitives

/// What the consensus engine says with a block: who signed the one before, and who misbehaved.
///
/// The engine has verified it. On a network of one machine it is empty.
public struct ConsensusReport: Hashable, CanonicalCodable {
  public static let validatorMaximum = 1000
  public static let misbehaviourMaximum = 64

  public static let none = ConsensusReport(votes: [], proposer: nil, misbehaviours: [])

  /// Of everyone who was to sign the block before, in the engine's order.
  public var votes: [ConsensusVote]
  /// Who proposed this block.
  public var proposer: ConsensusAddress?
  public var misbehaviours: [Misbehaviour]

  public init(
    votes: [ConsensusVote], proposer: ConsensusAddress?, misbehaviours: [Misbehaviour]
  ) {
    self.votes = votes
    self.proposer = proposer
    self.misbehaviours = misbehaviours
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: votes)
    encoder.encode(optional: proposer)
    encoder.encode(list: misbehaviours)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    votes = try decoder.list(atMost: ConsensusReport.validatorMaximum)
    proposer = try decoder.optional()
    misbehaviours = try decoder.list(atMost: ConsensusReport.misbehaviourMaximum)
  }
}

extension ConsensusReport {
  public var digest: Digest { Digest(domain: "whence/consensus-report", hashing: self) }
}

/// How the engine names a validator: the first 20 bytes of SHA-256 of its consensus key.
public struct ConsensusAddress: Hashable, CanonicalCodable {
  public static let byteCount = 20
  public let bytes: [UInt8]

  public init(_ key: PublicKey) {
    bytes = Array(SHA256.digest(of: key.bytes).bytes.prefix(ConsensusAddress.byteCount))
  }

  /// Takes exactly 20 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == ConsensusAddress.byteCount else { return nil }
    self.bytes = bytes
  }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(fixed: bytes) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    bytes = try decoder.fixed(ConsensusAddress.byteCount)
  }
}

/// Whether a validator signed the block before.
public struct ConsensusVote: Hashable, CanonicalCodable {
  public var validator: ConsensusAddress
  /// What its vote counted for then.
  public var power: UInt64
  /// Also true if it voted for no block: it was there.
  public var signed: Bool

  public init(validator: ConsensusAddress, power: UInt64, signed: Bool) {
    self.validator = validator
    self.power = power
    self.signed = signed
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(power)
    encoder.encode(signed)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    power = try decoder.decode()
    signed = try decoder.decode()
  }
}

/// What a validator did that the engine can prove.
public struct Misbehaviour: Hashable, CanonicalCodable {
  /// Numbers are the engine's.
  public enum Kind: UInt16, CaseIterable, Sendable {
    /// It signed two blocks of one height.
    case duplicateVote = 1
    /// It signed a header meant to deceive light clients.
    case lightClientAttack = 2
  }

  public var kind: Kind
  public var validator: ConsensusAddress
  /// When it happened.
  public var height: Height
  public var time: BlockTime

  public init(kind: Kind, validator: ConsensusAddress, height: Height, time: BlockTime) {
    self.kind = kind
    self.validator = validator
    self.height = height
    self.time = time
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: kind.rawValue)
    encoder.encode(validator)
    encoder.encode(height)
    encoder.encode(time)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let kind = Kind(rawValue: tag) else { throw .unknownTag(tag) }
    self.kind = kind
    validator = try decoder.decode()
    height = try decoder.decode()
    time = try decoder.decode()
  }
}
