public import CanonicalCoding
public import Cryptography
public import Primitives

/// A validator, named by the account that operates it.
///
/// Stake is held as shares: whoever brings `amount` gets ⌊amount · shares / tokens⌋ of them, and a
/// slash takes tokens and leaves the shares, so that it reaches every share at once.
public struct ValidatorRecord: Hashable, CanonicalCodable {
  /// In bytes of UTF-8.
  public static let nameMaximum = 64
  public static let detailsMaximum = 512
  /// No more are issued; far beyond what a supply of tokens makes without a ruinous slash.
  static let sharesMaximum: UInt128 = 1 << 112

  /// What it signs blocks with; never changes, and no other validator ever has it.
  public var consensusKey: PublicKey
  public var name: String
  public var details: String
  public var commission: Commission
  public var status: ValidatorStatus
  /// All stake at this validator.
  public var tokens: Amount
  /// Of all delegations together; never fewer than ``tokens``.
  public var shares: UInt128

  public init(
    consensusKey: PublicKey, name: String, details: String, commission: Commission,
    status: ValidatorStatus, tokens: Amount, shares: UInt128
  ) {
    self.consensusKey = consensusKey
    self.name = name
    self.details = details
    self.commission = commission
    self.status = status
    self.tokens = tokens
    self.shares = shares
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(consensusKey)
    encoder.encode(text: name)
    encoder.encode(text: details)
    encoder.encode(commission)
    encoder.encode(status)
    encoder.encode(tokens)
    encoder.encode(shares)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    consensusKey = try decoder.decode()
    name = try decoder.text(atMost: ValidatorRecord.nameMaximum)
    details = try decoder.text(atMost: ValidatorRecord.detailsMaximum)
    commission = try decoder.decode()
    status = try decoder.decode()
    tokens = try decoder.decode()
    shares = try decoder.decode()
  }
}

/// What an operator keeps of his validator's rewards, and how fast he may raise it.
public struct Commission: Hashable, CanonicalCodable {
  public var rate: Share
  /// The rate never exceeds it.
  public var maximum: Share
  /// The most that one change adds or takes.
  public var maximumStep: Share
  /// No change comes before.
  public var changeable: Deadline

  public init(rate: Share, maximum: Share, maximumStep: Share, changeable: Deadline) {
    self.rate = rate
    self.maximum = maximum
    self.maximumStep = maximumStep
    self.changeable = changeable
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(rate)
    encoder.encode(maximum)
    encoder.encode(maximumStep)
    encoder.encode(changeable)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    rate = try decoder.decode()
    maximum = try decoder.decode()
    maximumStep = try decoder.decode()
    changeable = try decoder.decode()
  }
}

/// Whether a validator may take part.
public enum ValidatorStatus: Hashable, Sendable {
  case standing
  /// Takes no part until its operator says so, not before the deadline.
  case jailed(Deadline)
  /// Never takes part again.
  case tombstoned(Offence)
}

extension ValidatorStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .standing: encoder.encode(tag: 1)
    case .jailed(let until):
      encoder.encode(tag: 2)
      encoder.encode(until)
    case .tombstoned(let offence):
      encoder.encode(tag: 3)
      encoder.encode(offence)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .standing
    case 2: self = .jailed(try decoder.decode())
    case 3: self = .tombstoned(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// What ended a validator, and what it costs all stake that stood behind it.
public struct Offence: Hashable, CanonicalCodable {
  /// Stake that left in this block or later was at the validator when it offended.
  public var height: Height
  /// When the ledger heard of it.
  public var judged: Deadline
  public var fraction: Share

  public init(height: Height, judged: Deadline, fraction: Share) {
    self.height = height
    self.judged = judged
    self.fraction = fraction
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(height)
    encoder.encode(judged)
    encoder.encode(fraction)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    height = try decoder.decode()
    judged = try decoder.decode()
    fraction = try decoder.decode()
  }
}

/// What stake counts for in the choice of validators and in their votes.
public enum VotingPower {
  /// One token of power for each: 10¹⁸ base units.
  public static let unit = Amount(baseUnits: 1_000_000_000_000_000_000)

  /// Whole units of stake; the supply's maximum makes fewer than 2³⁷.
  public static func of(_ tokens: Amount) -> UInt64 {
    UInt64(tokens.baseUnits / unit.baseUnits)
  }
}

extension ValidatorRecord {
  /// The validator's power if it may take part, 0 if it may not.
  public var power: UInt64 {
    switch status {
    case .standing: VotingPower.of(tokens)
    case .jailed, .tombstoned: 0
    }
  }

  /// What ended it, if anything did.
  public var offence: Offence? {
    guard case .tombstoned(let offence) = status else { return nil }
    return offence
  }
}

extension StateReader {
  /// The validator that this account operates.
  public func validator(_ id: Identifier<Account>) -> ValidatorRecord? { record(.validator(id)) }

  /// The validator that signs blocks as `address`, also if it no longer takes part.
  public func validator(at address: ConsensusAddress) -> Identifier<Account>? {
    record(.consensusAddress(address))
  }

  /// All validators after one in the order of their operators.
  public func validators(
    after id: Identifier<Account>? = nil, limit: Int = .max
  ) -> [(id: Identifier<Account>, record: ValidatorRecord)] {
    let last = id.map { StateKey<ValidatorRecord>.validator($0).bytes }
    return entries(withPrefix: [StateTable.validators.rawValue], after: last, limit: limit)
      .compactMap { entry in
        guard let id = try? Identifier<Account>(canonicalBytes: Array(entry.key.dropFirst())),
          let record = try? ValidatorRecord(canonicalBytes: entry.value)
        else { return nil }
        return (id, record)
      }
  }

  /// All stake at all validators, jailed ones included.
  public var bondedTotal: Amount { balance(of: .bondedStake) }
}

extension StateKey {
  public static func validator(_ id: Identifier<Account>) -> StateKey<ValidatorRecord> {
    .init(.validators, id)
  }

  public static func consensusAddress(
    _ address: ConsensusAddress
  ) -> StateKey<Identifier<Account>> {
    .init(.consensusAddresses, address)
  }
}
