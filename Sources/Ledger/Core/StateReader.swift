public import CanonicalCoding

/// One entry of state: both sides are canonical bytes.
public struct StateEntry: Hashable, Sendable {
  public let key: [UInt8]
  public let value: [UInt8]

  public init(key: [UInt8], value: [UInt8]) {
    self.key = key
    self.value = value
  }
}

extension StateEntry: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(bytes: key)
    encoder.encode(bytes: value)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    key = try decoder.bytes(atMost: StateEntry.byteMaximum)
    value = try decoder.bytes(atMost: StateEntry.byteMaximum)
  }

  /// More than any rule writes.
  static let byteMaximum = 16 << 20
}

/// A map from bytes to bytes, ordered by key, that does not change while it is read.
///
/// The rules see state only through this, and have no way to handle a failing medium. A read that
/// fails therefore answers that nothing is there, and from then on ``isIntact`` is false: whatever
/// was computed means nothing, and no block comes of it.
public protocol StateReader: Sendable {
  /// Whether every read so far was answered truly.
  var isIntact: Bool { get }

  func value(at key: [UInt8]) -> [UInt8]?

  /// The first `limit` entries with `prefix`, in the order of their keys, after `key` if given.
  func entries(withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int) -> [StateEntry]
}

extension StateReader {
  /// Memory does not fail.
  public var isIntact: Bool { true }
}

/// The families of entries: each key begins with its family's byte, and none is ever reused.
public enum StateTable: UInt8, CaseIterable, Sendable {
  case chain = 1
  case parameters = 2
  case purses = 3
  case accounts = 4
  case totals = 5
  case deadlines = 6
  case nonces = 7
  case funders = 8
  case datanets = 16
  case contributions = 17
  case firstContributions = 18
  case heldOutSets = 19
  case versions = 20
  case datanetMembers = 21
  case erasures = 22
  case baseModels = 32
  case runs = 33
  case adapters = 34
  case adapterLines = 35
  case runStandings = 36
  case runStakePools = 37
  case runStakes = 38
  case stakeStarts = 39
  case channels = 48
  case claims = 65
  case batches = 66
  case batchAmounts = 67
  case batchClaims = 68
  case batchCorrections = 69
  case openContributorMoney = 70
  case dust = 71
  case validators = 80
  case consensusAddresses = 81
  case powerRanks = 82
  case activeSet = 83
  case signing = 84
  case rewardPots = 85
  case delegations = 86
  case unbondings = 87
  case stakers = 88
  case proposals = 96
  case proposalDeposits = 97
  case votes = 98
  case directVotes = 99
  case openVotes = 100
  case voteTrustees = 101
  case entrustedVotes = 102
  case retiredTerms = 103
  case wrappedShares = 108
  case agents = 112
  case agentTerms = 113
  case agentWindows = 114
  case agentRuns = 115
  case agentDemands = 116
  case agentOffences = 117
  case agentChannels = 118
  case disputes = 128
  case openDisputes = 129
  case disputedPayouts = 130
  case correctedReceipts = 131
  case dataDemands = 132
  case verifiers = 133
  case struckReceipts = 134
  case correctedAmounts = 135
  case disputedShares = 136
  case runRepairs = 137
  case struckSpans = 138
  case voidReceipts = 139
  case disputedReceipts = 140
  case subsidyEpoch = 144
  case incomes = 145
  case outcomes = 146
  case openOutcomes = 147
  case adapterIncomes = 148
}

/// Where the record of one thing stands, and of what type it is.
///
/// Subjects make their own, as in `StateKey.datanet(id)`.
public struct StateKey<Record: CanonicalCodable>: Sendable {
  public let bytes: [UInt8]

  init(_ table: StateTable, _ name: some CanonicalCodable) {
    var encoder = CanonicalEncoder(reserving: 48)
    encoder.encode(table.rawValue)
    encoder.encode(name)
    bytes = encoder.bytes
  }
}

extension StateReader {
  /// The record at `key`; nil if there is none.
  public func record<Record>(_ key: StateKey<Record>) -> Record? {
    value(at: key.bytes).map { Self.decode($0[...]) }
  }

  /// Every name and record of a table, or of the part of it whose names begin with `prefix`; after
  /// the name given, at most as many as `limit` says.
  public func records<Name: CanonicalCodable, Record: CanonicalCodable>(
    in table: StateTable, prefix: [UInt8] = [], after name: Name? = nil, limit: Int = .max,
    named: Name.Type, as: Record.Type
  ) -> [(name: Name, record: Record)] {
    let last = name.map { [table.rawValue] + $0.canonicalBytes }
    let entries = entries(withPrefix: [table.rawValue] + prefix, after: last, limit: limit)
    // A loop, since a generic `map` copies each entry through its type's witnesses.
    var records: [(name: Name, record: Record)] = []
    records.reserveCapacity(entries.count)
    for entry in entries {
      records.append((Self.decode(entry.key.dropFirst()), Self.decode(entry.value[...])))
    }
    return records
  }

  private static func decode<Value: CanonicalCodable>(_ bytes: ArraySlice<UInt8>) -> Value {
    guard let value = try? Value(trustedBytes: bytes) else {
      preconditionFailure("state holds only what the rules wrote")
    }
    return value
  }
}
