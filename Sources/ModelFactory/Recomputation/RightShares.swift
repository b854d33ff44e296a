public import AttributionRules
public import Ledger
public import Primitives

/// How what a run's answers brought is rightly shared, as far as it can be known.
///
/// Of answers whose receipts are public, by their queries against the right rows, and the right uplift;
/// of all others by the right uplift alone.
public struct RightShares: Sendable {
  /// The contributors' part of one answer.
  public struct Answer: Sendable {
    public let settledAt: Height
    public let pool: Amount
    /// What its receipt says; nil for a private one.
    public let evidence: Evidence?

    public init(settledAt: Height, pool: Amount, evidence: Evidence?) {
      self.settledAt = settledAt
      self.pool = pool
      self.evidence = evidence
    }
  }

  /// Half the sum of what proportions may differ by.
  public static let tolerance = 0.005
  /// Shares are right that were so at most so many blocks before a dispute was opened: answers are
  /// settled while it is made.
  public static let blocksToOpen: UInt64 = 100

  private typealias Amounts = [Identifier<Account>: UInt128]

  /// After the answers of a block and all before it, in base units; the first is before any answer.
  private var moments: [(height: Height, amounts: Amounts)] = []

  /// - Parameters:
  ///   - uplift: recomputed if the questions are revealed, else the run's own.
  ///   - index: with the right rows in the place of wrong ones.
  /// - Throws: `ArithmeticError` for amounts that no ledger holds.
  public init(uplift: [GroupUplift], index: InfluenceIndex, answers: [Answer]) throws {
    let groups = PaidGroups(uplift)
    func pay(_ pool: Amount, _ evidence: Evidence?) throws -> Amounts {
      var influence = InfluenceEvidence(
        query: QueryVector(values: []), decoyScores: [], floor: 0, records: [])
      if let query = evidence?.influence.query, query.values.count == index.dimension {
        influence = index.evidence(for: query)
      }
      return try ContributorPay.divide(
        pool, evidence: influence.records, floor: influence.floor,
        retrieval: evidence?.retrieval, among: groups, credit: index.credit(of:),
        passage: index.origin(of:)
      ).payouts.reduce(into: [:]) {
        $0[Identifier($1.contributor), default: 0] += $1.amount.baseUnits
      }
    }
    // Without money, proportions are those of many units.
    moments = [(Height(0), try pay(Amount(baseUnits: 1_000_000_000_000), nil))]
    var amounts: Amounts = [:]
    for answer in answers.sorted(by: { $0.settledAt < $1.settledAt }) {
      amounts.merge(try pay(answer.pool, answer.evidence), uniquingKeysWith: +)
      if moments.last?.height == answer.settledAt { moments.removeLast() }
      moments.append((answer.settledAt, amounts))
    }
  }

  /// As a dispute that is opened now names them; none if the run's own uplift says so.
  public func named(of run: RunRecord) throws -> PayShares {
    let amounts = moments[moments.count - 1].amounts
    let sum = Double(amounts.values.reduce(0, +))
    guard sum > 0, !Self.agree(amounts, try Self.amounts(of: PayShares(), run)) else {
      return PayShares()
    }
    return PayShares(
      shares: amounts.map { account, amount in
        PayShare(account: account, weight: UInt64(Double(amount) / sum * 1e12))
      }.filter { $0.weight > 0 }.sorted { $0.account < $1.account })
  }

  /// Whether shares that a dispute names were right when it was made, but for the tolerance; whoever
  /// names none names those of the run's own uplift.
  public func accept(_ named: PayShares, of run: RunRecord, openedAt: Height) throws -> Bool {
    let others = try Self.amounts(of: named, run)
    let start = openedAt.number - min(openedAt.number, Self.blocksToOpen)
    let known = moments.lastIndex { $0.height.number < start } ?? 0
    return moments[known...].contains {
      ($0.height < openedAt) && Self.agree($0.amounts, others)
    }
  }

  private static func amounts(of named: PayShares, _ run: RunRecord) throws -> Amounts {
    guard named.shares.isEmpty else {
      return named.shares.reduce(into: [:]) { $0[$1.account, default: 0] += UInt128($1.weight) }
    }
    return try ContributorPay.divide(
      Amount(baseUnits: 1_000_000_000_000), evidence: [], floor: 0,
      among: PaidGroups(run.groupUplift), credit: { _ in nil }
    ).payouts.reduce(into: [:]) {
      $0[Identifier($1.contributor), default: 0] += $1.amount.baseUnits
    }
  }

  private static func agree(_ mine: Amounts, _ others: Amounts) -> Bool {
    let sums = [mine, others].map { Double($0.values.reduce(0, +)) }
    // Nobody has improved the run: then nobody is named rightly, and nobody wrongly.
    guard sums[0] > 0 else { return true }
    guard sums[1] > 0 else { return false }
    let distance = Set(mine.keys).union(others.keys).reduce(0.0) {
      $0 + abs(Double(mine[$1, default: 0]) / sums[0] - Double(others[$1, default: 0]) / sums[1])
    }
    return distance / 2 <= tolerance
  }
}
