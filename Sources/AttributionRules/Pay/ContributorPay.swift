public import Primitives

/// A chunk of a record that an answer drew on, by its influence score.
public struct ScoredRecord: Codable, Hashable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  public let chunk: UInt32
  public let score: Int64

  public init(record: Digest, chunk: UInt32 = 0, score: Int64) {
    self.record = record
    self.chunk = chunk
    self.score = score
  }

  public init(_ name: RowName, score: Int64) {
    self.init(record: name.record, chunk: name.chunk, score: score)
  }

  public var name: RowName { RowName(record: record, chunk: chunk) }

  /// The order of every evidence list: highest score first, ties by record digest, then chunk.
  public static func precedes(_ one: ScoredRecord, _ other: ScoredRecord) -> Bool {
    one.score != other.score ? one.score > other.score : one.name < other.name
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

/// One of the parts that make up a payout, and what it is for.
public struct Earning: Hashable, Sendable {
  public enum Cause: Hashable, Sendable {
    /// A row that the answer drew on.
    case row(RowName)
    /// A passage that made the answer likelier.
    case passage(Digest)
    /// A group's uplift.
    case uplift(Digest)
  }

  public let contributor: Digest
  public let cause: Cause
  public let amount: Amount
}

/// The division of the contributors' part of one fee.
public struct ContributorPay: Hashable, Sendable {
  /// What the payouts are made of, sorted by contributor; no zero amounts.
  public let earnings: [Earning]
  /// Strictly sorted by contributor; no zero amounts.
  public let payouts: [ContributorPayout]
  /// What nobody earned; it returns to the payer.
  public let refund: Amount

  /// The longest evidence list that is paid.
  public static let longestList = 256
  /// The part that follows this answer's influence; the rest follows held-out uplift.
  public static let influenceShare = Share.percent(70)

  /// Divides `pool` by evidence and uplift; the parts and the refund sum to it exactly.
  ///
  /// If no group has positive uplift, the whole pool is refunded; whatever follows pays only such
  /// groups. The pool is divided between adapter and retrieval by ``ComponentValues``. Retrieval's
  /// part is shared by the passages with a positive drop, in proportion to it; without any it
  /// joins the adapter's part. Of that, the influence share is divided among the rows above the
  /// floor in proportion to √tokens · (score − floor): a record's pieces weigh together what it
  /// weighs, but for the floor, which each of them has to rise above. The rest follows uplift, and
  /// all of it does if there is no such row (DESIGN sections 2 and 4.1 step 5).
  ///
  /// - Parameters:
  ///   - evidence: at most ``longestList`` rows above `floor`, each once.
  ///   - retrieval: nil if nothing was retrieved.
  ///   - credit: of a row of the committed index; nil pays it nothing.
  ///   - passage: the origin of a passage in the committed index; nil pays it nothing.
  /// - Throws: ``ArithmeticError/overflow`` if a sum of weights exceeds 128 bits.
  /// - Complexity: O(n log n).
  public static func divide(
    _ pool: Amount, evidence: [ScoredRecord], floor: Int64, retrieval: RetrievalEvidence? = nil,
    among paid: PaidGroups, credit: (RowName) -> RowCredit?,
    passage: (Digest) -> RecordOrigin? = { _ in nil }
  ) throws(ArithmeticError) -> ContributorPay {
    guard !paid.groups.isEmpty else {
      return ContributorPay(earnings: [], payouts: [], refund: pool)
    }
    var adapterPool = pool
    var earned: [Earning] = []
    if let retrieval {
      let parts = try ComponentValues(retrieval.likelihoods).divide(pool)
      earned = try passageParts(parts.retrieval, of: retrieval, among: paid, origin: passage)
      if !earned.isEmpty { adapterPool = parts.adapter }
    }

    let influencePool = try adapterPool.scaledRoundingDown(
      by: UInt128(influenceShare.partsPerBillion), over: UInt128(Share.whole.partsPerBillion))
    let influenceParts = try rowParts(
      influencePool, evidence: evidence, floor: floor, among: paid, credit: credit)
    let upliftPool =
      influenceParts.isEmpty ? adapterPool : try adapterPool.subtracting(influencePool)
    earned += influenceParts
    for (group, amount) in zip(
      paid.groups, try splitByLargestRemainder(upliftPool, weights: paid.weights))
    {
      earned.append(
        Earning(contributor: group.contributor, cause: .uplift(group.group), amount: amount))
    }
    earned.removeAll { $0.amount == .zero }
    earned.sort { $0.contributor < $1.contributor }
    return ContributorPay(earnings: earned, payouts: try summed(earned), refund: .zero)
  }

  /// Divides `pool` among rows; none if no row is paid.
  private static func rowParts(
    _ pool: Amount, evidence: [ScoredRecord], floor: Int64, among paid: PaidGroups,
    credit: (RowName) -> RowCredit?
  ) throws(ArithmeticError) -> [Earning] {
    var earners: [(Digest, Earning.Cause)] = []
    var weights: [UInt128] = []
    // By name, which settles ties of the largest remainder.
    for scored in evidence.prefix(longestList).sorted(by: { $0.name < $1.name })
    where scored.score > floor {
      guard let credit = credit(scored.name), credit.tokens > 0, paid.contains(credit.origin.group)
      else { continue }
      earners.append((credit.origin.contributor, .row(scored.name)))
      // The distance of two Int64 always fits UInt64, a weight 32 bits; 256 times 96 bits fit 128.
      weights.append(
        UInt128(UInt64(bitPattern: scored.score &- floor)) * UInt128(credit.weight))
    }
    return try parts(of: pool, earners: earners, weights: weights)
  }

  /// Divides `pool` among passages; none if no passage is paid.
  private static func passageParts(
    _ pool: Amount, of retrieval: RetrievalEvidence, among paid: PaidGroups,
    origin: (Digest) -> RecordOrigin?
  ) throws(ArithmeticError) -> [Earning] {
    var earners: [(Digest, Earning.Cause)] = []
    var weights: [UInt128] = []
    for passage in retrieval.passages.sorted(by: { $0.record < $1.record }) where passage.drop > 0 {
      guard let origin = origin(passage.record), paid.contains(origin.group) else { continue }
      earners.append((origin.contributor, .passage(passage.record)))
      weights.append(UInt128(UInt64(passage.drop)))
    }
    return try parts(of: pool, earners: earners, weights: weights)
  }

  private static func parts(
    of pool: Amount, earners: [(contributor: Digest, cause: Earning.Cause)], weights: [UInt128]
  ) throws(ArithmeticError) -> [Earning] {
    zip(earners, try splitByLargestRemainder(pool, weights: weights)).map {
      Earning(contributor: $0.contributor, cause: $0.cause, amount: $1)
    }
  }

  /// Puts neighbours of one contributor together.
  private static func summed(
    _ parts: [Earning]
  ) throws(ArithmeticError) -> [ContributorPayout] {
    var result: [ContributorPayout] = []
    result.reserveCapacity(parts.count)
    for part in parts {
      if let last = result.last, last.contributor == part.contributor {
        result[result.count - 1] = ContributorPayout(
          contributor: last.contributor, amount: try last.amount.adding(part.amount))
      } else {
        result.append(ContributorPayout(contributor: part.contributor, amount: part.amount))
      }
    }
    return result
  }
}
