public import Primitives

/// A record that an answer drew on, by its influence score.
public struct ScoredRecord: Codable, Hashable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  public let score: Int64

  public init(record: Digest, score: Int64) {
    self.record = record
    self.score = score
  }

  /// The order of every evidence list: highest score first, ties by record digest.
  public static func precedes(_ one: ScoredRecord, _ other: ScoredRecord) -> Bool {
    one.score != other.score ? one.score > other.score : one.record < other.record
  }
}

/// Who brought a record, and in which content group its uplift is measured.
public struct RecordOrigin: Codable, Hashable, Sendable {
  /// The account that is paid.
  public let contributor: Digest
  /// The content group (here: the contribution) whose uplift opens or closes the gate.
  public let group: Digest

  public init(contributor: Digest, group: Digest) {
    self.contributor = contributor
    self.group = group
  }
}

/// A content group's measured uplift: how much it lowers the loss on data nobody trained on.
public struct GroupUplift: Hashable, Sendable {
  public let group: Digest
  public let contributor: Digest
  /// In micro-nats a held-out token; positive helps.
  public let microNats: Int64

  public init(group: Digest, contributor: Digest, microNats: Int64) {
    self.group = group
    self.contributor = contributor
    self.microNats = microNats
  }
}

/// The content groups of a run whose uplift is positive, the only ones that are paid; made once for
/// all of a run's answers.
public struct PaidGroups: Hashable, Sendable {
  /// Sorted by group.
  fileprivate let groups: [GroupUplift]
  /// The uplift of each, in the same order.
  fileprivate let weights: [UInt128]

  public init(_ uplift: [GroupUplift]) {
    groups = uplift.filter { $0.microNats > 0 }.sorted { $0.group < $1.group }
    weights = groups.map { UInt128(UInt64($0.microNats)) }
  }

  /// Cost: O(log n).
  fileprivate func contains(_ group: Digest) -> Bool {
    var low = 0
    var high = groups.count
    while low < high {
      let middle = (low + high) / 2
      if groups[middle].group < group { low = middle + 1 } else { high = middle }
    }
    return low < groups.count && groups[low].group == group
  }
}

/// What one contributor gets of one answer.
public struct ContributorPayout: Hashable, Sendable {
  public let contributor: Digest
  public let amount: Amount

  public init(contributor: Digest, amount: Amount) {
    self.contributor = contributor
    self.amount = amount
  }
}

/// The division of the contributors' part of one fee.
public struct ContributorPay: Hashable, Sendable {
  /// Strictly sorted by contributor; no zero amounts.
  public let payouts: [ContributorPayout]
  /// What nobody earned; it returns to the payer.
  public let refund: Amount

  /// The longest evidence list that is paid.
  public static let longestList = 256
  /// The part that follows this answer's influence; the rest follows held-out uplift.
  public static let influenceShare = Share.percent(70)

  /// Divides `pool` by influence and uplift, as ``divide(_:evidence:floor:among:origin:)`` does.
  public static func divide(
    _ pool: Amount, evidence: [ScoredRecord], floor: Int64, uplift: [GroupUplift],
    origin: (Digest) -> RecordOrigin?
  ) throws(ArithmeticError) -> ContributorPay {
    try divide(
      pool, evidence: evidence, floor: floor, among: PaidGroups(uplift), origin: origin)
  }

  /// Divides `pool` by influence and uplift; the parts and the refund sum to it exactly.
  ///
  /// Only records above the floor whose content group has positive uplift are paid, in proportion
  /// to score − floor. If none is left, the influence part follows uplift; if no group has positive
  /// uplift, the whole pool is refunded (DESIGN sections 2 and 4.1 step 5).
  ///
  /// - Parameters:
  ///   - evidence: at most ``longestList`` records above `floor`, in ``ScoredRecord`` order.
  ///   - origin: the origin of a record in the committed index; nil pays it nothing.
  /// - Throws: ``ArithmeticError/overflow`` if a sum of weights exceeds 128 bits.
  /// - Complexity: O(n log n).
  public static func divide(
    _ pool: Amount, evidence: [ScoredRecord], floor: Int64, among paid: PaidGroups,
    origin: (Digest) -> RecordOrigin?
  ) throws(ArithmeticError) -> ContributorPay {
    guard !paid.groups.isEmpty else { return ContributorPay(payouts: [], refund: pool) }

    // By record digest, which settles ties of the largest remainder.
    let byRecord = evidence.prefix(longestList).sorted { $0.record < $1.record }
    var earners: [Digest] = []
    var weights: [UInt128] = []
    for scored in byRecord where scored.score > floor {
      guard let from = origin(scored.record), paid.contains(from.group)
      else { continue }
      earners.append(from.contributor)
      // The distance of two Int64 always fits UInt64.
      weights.append(UInt128(UInt64(bitPattern: scored.score &- floor)))
    }

    let influencePool =
      weights.isEmpty
      ? Amount.zero
      : try pool.scaledRoundingDown(
        by: UInt128(influenceShare.partsPerBillion), over: UInt128(Share.whole.partsPerBillion))
    let upliftPool = try pool.subtracting(influencePool)
    let influenceParts = try splitByLargestRemainder(influencePool, weights: weights)
    let upliftParts = try splitByLargestRemainder(upliftPool, weights: paid.weights)
    var earned: [ContributorPayout] = []
    earned.reserveCapacity(influenceParts.count + upliftParts.count)
    for (contributor, amount) in zip(earners, influenceParts) {
      earned.append(ContributorPayout(contributor: contributor, amount: amount))
    }
    for (group, amount) in zip(paid.groups, upliftParts) {
      earned.append(ContributorPayout(contributor: group.contributor, amount: amount))
    }
    earned.sort { $0.contributor < $1.contributor }
    return ContributorPay(payouts: try summed(earned), refund: .zero)
  }

  /// Puts neighbours of one contributor together.
  private static func summed(
    _ parts: [ContributorPayout]
  ) throws(ArithmeticError) -> [ContributorPayout] {
    var result: [ContributorPayout] = []
    result.reserveCapacity(parts.count)
    for part in parts where part.amount > .zero {
      if let last = result.last, last.contributor == part.contributor {
        result[result.count - 1] = ContributorPayout(
          contributor: last.contributor, amount: try last.amount.adding(part.amount))
      } else {
        result.append(part)
      }
    }
    return result
  }
}
