public import CanonicalCoding
public import Cryptography
public import Primitives

/// A validator that takes part, as the consensus engine knows it.
public struct ActiveValidator: Hashable, CanonicalCodable {
  public var validator: Identifier<Account>
  public var consensusKey: PublicKey
  public var power: UInt64

  public init(validator: Identifier<Account>, consensusKey: PublicKey, power: UInt64) {
    self.validator = validator
    self.consensusKey = consensusKey
    self.power = power
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(validator)
    encoder.encode(consensusKey)
    encoder.encode(power)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    validator = try decoder.decode()
    consensusKey = try decoder.decode()
    power = try decoder.decode()
  }
}

/// Who takes part: those with the most power, by power, then by operator.
public struct ActiveSet: Hashable, CanonicalCodable {
  public var members: [ActiveValidator]

  public init(members: [ActiveValidator]) {
    self.members = members
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(list: members)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    members = try decoder.list(atMost: ConsensusReport.validatorMaximum)
  }
}

/// What the consensus engine must change in its set; power 0 removes.
public struct ValidatorUpdate: Hashable, Sendable {
  public let consensusKey: PublicKey
  public let power: UInt64

  public init(consensusKey: PublicKey, power: UInt64) {
    self.consensusKey = consensusKey
    self.power = power
  }
}

extension ActiveSet {
  /// The differences to a later set, sorted by key; none for equal sets.
  ///
  /// Cost: O(n log n) in the members.
  public func updates(to later: ActiveSet) -> [ValidatorUpdate] {
    let before = Dictionary(
      members.map { ($0.consensusKey, $0.power) }, uniquingKeysWith: { first, _ in first })
    let staying = Set(later.members.map(\.consensusKey))
    let changed = later.members.filter { before[$0.consensusKey] != $0.power }
      .map { ValidatorUpdate(consensusKey: $0.consensusKey, power: $0.power) }
    let gone = members.filter { !staying.contains($0.consensusKey) }
      .map { ValidatorUpdate(consensusKey: $0.consensusKey, power: 0) }
    return (changed + gone).sorted { $0.consensusKey < $1.consensusKey }
  }
}

/// A validator's place among those that may take part; its encoding sorts by falling power.
package struct PowerRank: Hashable, CanonicalCodable {
  let power: UInt64
  let validator: Identifier<Account>

  init(power: UInt64, validator: Identifier<Account>) {
    self.power = power
    self.validator = validator
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(UInt64.max - power)
    encoder.encode(validator)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    power = UInt64.max - (try decoder.decode(UInt64.self))
    validator = try decoder.decode()
  }
}

extension StateReader {
  /// Who takes part since the last block that changed it.
  public var activeSet: ActiveSet { record(.activeSet) ?? ActiveSet(members: []) }

  /// Who would take part by the stake of this moment.
  func strongestValidators(atMost limit: UInt32) -> ActiveSet {
    let ranks = records(
      in: .powerRanks, limit: Int(limit), named: PowerRank.self, as: Bool.self
    ).map(\.name)
    return ActiveSet(
      members: ranks.compactMap { rank in
        validator(rank.validator).map {
          ActiveValidator(
            validator: rank.validator, consensusKey: $0.consensusKey, power: rank.power)
        }
      })
  }
}

extension LedgerState {
  /// Chooses who takes part, at a block's end.
  mutating func updateActiveSet(_ parameters: StakingParameters) {
    let chosen = strongestValidators(atMost: parameters.maximumValidators)
    if chosen != activeSet { set(.activeSet, to: chosen) }
  }
}

extension StateKey {
  public static var activeSet: StateKey<ActiveSet> { .init(.activeSet, UInt8(0)) }

  static func rank(_ rank: PowerRank) -> StateKey<Bool> { .init(.powerRanks, rank) }
}
