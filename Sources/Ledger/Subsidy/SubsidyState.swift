public import CanonicalCoding
public import Primitives

/// The subsidy pool's epoch that is running.
public struct SubsidyEpoch: Hashable, CanonicalCodable {
  /// Counted from 1.
  public var number: UInt64
  /// The treasury's income since genesis, when the epoch began.
  public var treasuryIncomeBefore: Amount
  /// What the pool has paid in it.
  public var paid: Amount

  public init(number: UInt64, treasuryIncomeBefore: Amount, paid: Amount) {
    self.number = number
    self.treasuryIncomeBefore = treasuryIncomeBefore
    self.paid = paid
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(number)
    encoder.encode(treasuryIncomeBefore)
    encoder.encode(paid)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    number = try decoder.decode()
    treasuryIncomeBefore = try decoder.decode()
    paid = try decoder.decode()
  }
}

/// What an account has earned of batches' fees, and how much of it says nothing of its worth to
/// others: the subsidy meter.
public struct IncomeRecord: Hashable, CanonicalCodable {
  /// Parts of fees, own side and all, without subsidies.
  public var earned: Amount
  /// The part that came from the account's own side; see ``ChannelRecord/isOwnSide(_:)``.
  public var own: Amount
  public var subsidy: Amount

  public init(earned: Amount, own: Amount, subsidy: Amount) {
    self.earned = earned
    self.own = own
    self.subsidy = subsidy
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(earned)
    encoder.encode(own)
    encoder.encode(subsidy)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    earned = try decoder.decode()
    own = try decoder.decode()
    subsidy = try decoder.decode()
  }
}

extension IncomeRecord {
  public static let none = IncomeRecord(earned: .zero, own: .zero, subsidy: .zero)
}

extension StateReader {
  /// What an account has earned so far; pages show its parts beside one another.
  public func income(of account: Identifier<Account>) -> IncomeRecord {
    record(.income(account)) ?? .none
  }

  /// Nil while the pool has never been funded, or has run dry.
  public var subsidyEpoch: SubsidyEpoch? { record(.subsidyEpoch) }
}

extension StateKey {
  public static var subsidyEpoch: StateKey<SubsidyEpoch> { .init(.subsidyEpoch, UInt8(0)) }

  public static func income(_ account: Identifier<Account>) -> StateKey<IncomeRecord> {
    .init(.incomes, account)
  }
}
