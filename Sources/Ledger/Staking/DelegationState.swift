public import CanonicalCoding
public import Primitives

/// Names one delegation; its encoding sorts by delegator, then validator.
///
/// Number 0 is what a delegator may take away at any time. A numbered delegation is bound by a
/// lock or an exposure; when both have ended, the ledger joins it to number 0.
public struct DelegationName: Hashable, CanonicalCodable {
  public var delegator: Identifier<Account>
  public var validator: Identifier<Account>
  public var number: UInt64

  public init(
    delegator: Identifier<Account>, validator: Identifier<Account>, number: UInt64 = 0
  ) {
    self.delegator = delegator
    self.validator = validator
    self.number = number
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(delegator)
    encoder.encode(validator)
    encoder.encode(number)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    delegator = try decoder.decode()
    validator = try decoder.decode()
    number = try decoder.decode()
  }
}

/// Stake of one account at one validator.
public struct DelegationRecord: Hashable, CanonicalCodable {
  /// Of the validator's; worth what they are of its tokens.
  public var shares: UInt128
  public var multiplier: RewardMultiplier
  /// The validator's ``RewardPot/ratio`` up to which rewards are paid.
  public var paidRatio: UInt128
  /// Until then it can move, but not leave.
  public var lock: Deadline?
  /// Where it came from, if it must still answer for that.
  public var exposure: Exposure?

  public init(
    shares: UInt128, multiplier: RewardMultiplier, paidRatio: UInt128, lock: Deadline?,
    exposure: Exposure?
  ) {
    self.shares = shares
    self.multiplier = multiplier
    self.paidRatio = paidRatio
    self.lock = lock
    self.exposure = exposure
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(shares)
    encoder.encode(multiplier)
    encoder.encode(paidRatio)
    encoder.encode(optional: lock)
    encoder.encode(optional: exposure)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    shares = try decoder.decode()
    multiplier = try decoder.decode()
    paidRatio = try decoder.decode()
    lock = try decoder.optional()
    exposure = try decoder.optional()
  }
}

/// That stake left a validator, and until when an offence from before still reaches it.
public struct Exposure: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  /// The block in which it left.
  public var since: Height
  public var until: Deadline

  public init(validator: Identifier<Account>, since: Height, until: Deadline) {
    self.validator = validator
    self.since = since
    self.until = until
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(since)
    encoder.encode(until)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    since = try decoder.decode()
    until = try decoder.decode()
  }
}

/// Stake on its way back to its delegator.
public struct UnbondingRecord: Hashable, CanonicalCodable {
  /// The validator it left, and the one it had come from before.
  static let exposureMaximum = 2

  public var balance: Amount
  public var completes: Deadline
  /// Offences that are judged before the end take their part at the end.
  public var exposures: [Exposure]

  public init(balance: Amount, completes: Deadline, exposures: [Exposure]) {
    self.balance = balance
    self.completes = completes
    self.exposures = exposures
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(balance)
    encoder.encode(completes)
    encoder.encode(list: exposures)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    balance = try decoder.decode()
    completes = try decoder.decode()
    exposures = try decoder.list(atMost: UnbondingRecord.exposureMaximum)
  }
}

/// What bounds one account's delegations and names its new ones.
public struct StakerRecord: Hashable, CanonicalCodable {
  public var delegationCount: UInt32
  /// The highest number given to a delegation or unbonding.
  public var lastNumber: UInt64

  public init(delegationCount: UInt32, lastNumber: UInt64) {
    self.delegationCount = delegationCount
    self.lastNumber = lastNumber
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(delegationCount)
    encoder.encode(lastNumber)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    delegationCount = try decoder.decode()
    lastNumber = try decoder.decode()
  }
}

extension StateReader {
  public func delegation(_ name: DelegationName) -> DelegationRecord? {
    record(.delegation(name))
  }

  public func unbonding(_ name: DelegationName) -> UnbondingRecord? { record(.unbonding(name)) }

  public func staker(_ account: Identifier<Account>) -> StakerRecord {
    record(.staker(account)) ?? StakerRecord(delegationCount: 0, lastNumber: 0)
  }

  /// An account's delegations, sorted by validator, then number; at most as many as the parameters
  /// allow one account.
  public func delegations(
    of account: Identifier<Account>
  ) -> [(name: DelegationName, record: DelegationRecord)] {
    records(
      in: .delegations, prefix: account.canonicalBytes, named: DelegationName.self,
      as: DelegationRecord.self)
  }

  /// An account's delegations at one validator, by number; few, as the parameters bound them.
  public func delegations(
    of account: Identifier<Account>, at validator: Identifier<Account>
  ) -> [(name: DelegationName, record: DelegationRecord)] {
    records(
      in: .delegations, prefix: account.canonicalBytes + validator.canonicalBytes,
      named: DelegationName.self, as: DelegationRecord.self)
  }

  /// An account's unbondings at one validator, by number.
  public func unbondings(
    of account: Identifier<Account>, at validator: Identifier<Account>
  ) -> [(name: DelegationName, record: UnbondingRecord)] {
    records(
      in: .unbondings, prefix: account.canonicalBytes + validator.canonicalBytes,
      named: DelegationName.self, as: UnbondingRecord.self)
  }

  /// All of an account's unbondings.
  public func unbondings(
    of account: Identifier<Account>
  ) -> [(name: DelegationName, record: UnbondingRecord)] {
    records(
      in: .unbondings, prefix: account.canonicalBytes, named: DelegationName.self,
      as: UnbondingRecord.self)
  }

  /// What an account's stake at one validator is worth, before slashes that still follow it there.
  public func stake(
    of account: Identifier<Account>, at validator: Identifier<Account>
  ) -> Amount {
    guard let record = self.validator(validator) else { return .zero }
    return delegations(of: account, at: validator).reduce(.zero) {
      $0.addingWithinSupply(record.worth(of: $1.record.shares))
    }
  }

  /// What an account's stake at all validators is worth: its voice in votes, whatever its
  /// locks.
  public func votingPower(of account: Identifier<Account>) -> Amount {
    delegations(of: account).reduce(.zero) { sum, delegation in
      let validator = self.validator(delegation.name.validator)
      return sum.addingWithinSupply(
        validator?.worth(of: delegation.record.shares) ?? .zero)
    }
  }
}

extension StateKey {
  public static func delegation(_ name: DelegationName) -> StateKey<DelegationRecord> {
    .init(.delegations, name)
  }

  public static func unbonding(_ name: DelegationName) -> StateKey<UnbondingRecord> {
    .init(.unbondings, name)
  }

  public static func staker(_ account: Identifier<Account>) -> StateKey<StakerRecord> {
    .init(.stakers, account)
  }
}
