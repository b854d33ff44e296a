public import AttributionRules
public import Ledger
public import Primitives

/// How what a run's answers brought is rightly shared, as far as it can be known.
///
/// Of answers whose receipts can be had, by their evidence against the right rows and the right
/// uplift; of all others by the right uplift alone.
public struct RightShares: Sendable {
  /// The contributors' part of one answer, and what its receipt says of it.
  public struct Answer: Sendable {
    public let pool: Amount
    public let evidence: Evidence

    public init(pool: Amount, evidence: Evidence) {
      self.pool = pool
      self.evidence = evidence
    }
  }

  /// Half the sum of what proportions may differ by.
  public static let tolerance = 0.005

  /// In base units, by account; none if nobody improved the run.
  public let amounts: [Identifier<Account>: UInt128]

  /// - Parameters:
  ///   - uplift: recomputed if the questions are revealed, else the run's own.
  ///   - index: with the right rows in the place of wrong ones.
  ///   - others: what answers brought of which nothing is known; with no answer at all, anything.
  /// - Throws: `ArithmeticError` for amounts that no ledger holds.
  public init(
    uplift: [GroupUplift], index: InfluenceIndex, answers: [Answer], others: Amount
  ) throws {
    var amounts: [Identifier<Account>: UInt128] = [:]
    func add(_ pay: ContributorPay) {
      for payout in pay.payouts {
        amounts[Identifier(payout.contributor), default: 0] += payout.amount.baseUnits
      }
    }
    let groups = PaidGroups(uplift)
    for answer in answers {
      let query = answer.evidence.influence.query
      guard query.values.count == index.dimension else { continue }
      let influence = index.evidence(for: query)
      add(
        try ContributorPay.divide(
          answer.pool, evidence: influence.records, floor: influence.floor,
          retrieval: answer.evidence.retrieval, among: groups, credit: index.credit(of:),
          passage: index.origin(of:)))
    }
    // Without money, proportions are those of a thousand million units.
    let rest = answers.isEmpty && others == .zero ? Amount(baseUnits: 1_000_000_000) : others
    add(
      try ContributorPay.divide(
        rest, evidence: [], floor: 0, among: groups, credit: { _ in nil }))
    self.amounts = amounts
  }

  /// As a dispute names them; none if uplift alone says so.
  public func named(unless run: RunRecord) throws -> PayShares {
    try accept(PayShares(), of: run) ? PayShares() : shares
  }

  private var shares: PayShares {
    let sum = amounts.values.reduce(0, +)
    guard sum > 0 else { return PayShares() }
    return PayShares(
      shares: amounts.map { account, amount in
        PayShare(account: account, weight: UInt64(Double(amount) / Double(sum) * 1e12))
      }.filter { $0.weight > 0 }.sorted { $0.account < $1.account })
  }

  /// Whether shares are these, but for the tolerance; whoever names none names those of the run's own
  /// uplift.
  public func accept(_ named: PayShares, of run: RunRecord) throws -> Bool {
    var other: [Identifier<Account>: Double] = [:]
    for share in named.shares { other[share.account, default: 0] += Double(share.weight) }
    if named.shares.isEmpty {
      let pay = try ContributorPay.divide(
        Amount(baseUnits: 1_000_000_000_000), evidence: [], floor: 0,
        among: PaidGroups(run.groupUplift), credit: { _ in nil })
      for payout in pay.payouts {
        other[Identifier(payout.contributor), default: 0] += Double(payout.amount.baseUnits)
      }
    }
    let mine = amounts.mapValues(Double.init)
    let sums = [mine, other].map { $0.values.reduce(0, +) }
    // Nobody has improved the run: then nobody can be named either.
    guard sums[0] > 0 else { return named.shares.isEmpty }
    guard sums[1] > 0 else { return false }
    let distance = Set(mine.keys).union(other.keys).reduce(0.0) {
      $0 + abs(mine[$1, default: 0] / sums[0] - other[$1, default: 0] / sums[1]) / 2
    }
    return distance <= Self.tolerance
  }
}
