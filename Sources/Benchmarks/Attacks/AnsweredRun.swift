internal import AttributionRules
internal import Primitives

/// What a run commits to, and the evidence behind its answers.
struct AnsweredRun {
  let snapshotRoot: Digest
  let index: InfluenceIndex
  /// What is certain of each content group's uplift, in commit order.
  let uplift: [GroupUplift]
  let answers: [InfluenceEvidence]

  /// Each answer's pool: so many units that rounding does not show.
  private static let pool = Amount(baseUnits: 1_000_000_000_000_000)

  /// Divides every answer's pool.
  /// - Parameter accounts: the names of contributors.
  func income(_ accounts: [Digest: String]) throws -> AttackIncome {
    var income = AttackIncome()
    let whole = Double(Self.pool.baseUnits) * Double(answers.count)
    let paid = PaidGroups(uplift)
    for evidence in answers {
      let pay = try ContributorPay.divide(
        Self.pool, evidence: evidence.records, floor: evidence.floor, among: paid,
        credit: index.credit)
      for payout in pay.payouts {
        income.byAccount[accounts[payout.contributor] ?? "", default: 0] +=
          Double(payout.amount.baseUnits) / whole
      }
    }
    return income
  }
}

/// Who was paid what of all answers, in parts of the contributors' pool.
struct AttackIncome {
  fileprivate(set) var byAccount: [String: Double] = [:]

  func of(_ accounts: some Sequence<String>) -> Double {
    accounts.reduce(0) { $0 + byAccount[$1, default: 0] }
  }

  func of(_ account: String) -> Double { byAccount[account, default: 0] }
}
