public import CanonicalCoding
public import Cryptography
public import Primitives

/// Makes the signer the operator of a validator, with stake of his own.
public struct CreateValidator: Hashable, CanonicalCodable {
  /// What it will sign blocks with; another key than the account's.
  public var consensusKey: PublicKey
  public var name: String
  /// For people: who runs it, where to ask.
  public var details: String
  public var rate: Share
  public var maximumRate: Share
  public var maximumStep: Share
  public var stake: Amount

  public init(
    consensusKey: PublicKey, name: String, details: String, rate: Share, maximumRate: Share,
    maximumStep: Share, stake: Amount
  ) {
    self.consensusKey = consensusKey
    self.name = name
    self.details = details
    self.rate = rate
    self.maximumRate = maximumRate
    self.maximumStep = maximumStep
    self.stake = stake
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(consensusKey)
    encoder.encode(text: name)
    encoder.encode(text: details)
    encoder.encode(rate)
    encoder.encode(maximumRate)
    encoder.encode(maximumStep)
    encoder.encode(stake)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    consensusKey = try decoder.decode()
    name = try decoder.text(atMost: ValidatorRecord.nameMaximum)
    details = try decoder.text(atMost: ValidatorRecord.detailsMaximum)
    rate = try decoder.decode()
    maximumRate = try decoder.decode()
    maximumStep = try decoder.decode()
    stake = try decoder.decode()
  }
}

/// Changes what the signer's validator says of itself, and what it keeps of rewards.
public struct EditValidator: Hashable, CanonicalCodable {
  public var name: String
  public var details: String
  /// None leaves it as it is.
  public var rate: Share?

  public init(name: String, details: String, rate: Share?) {
    self.name = name
    self.details = details
    self.rate = rate
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(text: details)
    encoder.encode(optional: rate)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: ValidatorRecord.nameMaximum)
    details = try decoder.text(atMost: ValidatorRecord.detailsMaximum)
    rate = try decoder.optional()
  }
}

/// Brings the signer's validator back from jail.
public struct Unjail: Hashable, CanonicalCodable {
  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {}

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {}
}

/// Stakes the signer's money behind a validator.
public struct Delegate: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  public var amount: Amount
  /// The window of one of the parameters' terms; none leaves the stake free to go.
  public var lock: Window?

  public init(validator: Identifier<Account>, amount: Amount, lock: Window? = nil) {
    self.validator = validator
    self.amount = amount
    self.lock = lock
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(amount)
    encoder.encode(optional: lock)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    amount = try decoder.decode()
    lock = try decoder.optional()
  }
}

/// Takes stake from a delegation; it comes back when the unbonding window has passed.
public struct Undelegate: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  /// Which of the signer's delegations there.
  public var number: UInt64
  public var amount: Amount

  public init(validator: Identifier<Account>, number: UInt64 = 0, amount: Amount) {
    self.validator = validator
    self.number = number
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(number)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    number = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Moves stake to another validator at once; it answers for the first until a window has passed.
public struct Redelegate: Hashable, CanonicalCodable {
  public var from: Identifier<Account>
  /// Which of the signer's delegations there.
  public var number: UInt64
  public var to: Identifier<Account>
  public var amount: Amount

  public init(
    from: Identifier<Account>, number: UInt64 = 0, to: Identifier<Account>, amount: Amount
  ) {
    self.from = from
    self.number = number
    self.to = to
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(from)
    encoder.encode(number)
    encoder.encode(to)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    from = try decoder.decode()
    number = try decoder.decode()
    to = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Stakes again, with the same validator, what is on its way back.
public struct CancelUnbonding: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  /// The unbonding's.
  public var number: UInt64
  public var amount: Amount

  public init(validator: Identifier<Account>, number: UInt64, amount: Amount) {
    self.validator = validator
    self.number = number
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(number)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    number = try decoder.decode()
    amount = try decoder.decode()
  }
}

/// Pays what the signer's delegations at a validator have earned.
public struct WithdrawRewards: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>

  public init(validator: Identifier<Account>) {
    self.validator = validator
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
  }
}

/// Pays what the signer kept as the operator of a validator.
public struct WithdrawCommission: Hashable, CanonicalCodable {
  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {}

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {}
}
