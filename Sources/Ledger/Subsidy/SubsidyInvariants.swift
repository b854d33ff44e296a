internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let subsidyInvariants = [
    Invariant("the subsidy pool holds what it was given and has not paid") { state in
      state.balance(of: .subsidyPool).baseUnits + state.total(of: .subsidy).baseUnits
        == state.total(of: .subsidyFunding).baseUnits
    },
    Invariant("an epoch's subsidies are at most half of the treasury's income in it") { state in
      guard let epoch = state.subsidyEpoch else { return true }
      return epoch.treasuryIncomeBefore <= state.treasuryIncome
        && 2 * epoch.paid.baseUnits
          <= state.treasuryIncome.baseUnits - epoch.treasuryIncomeBefore.baseUnits
    },
    Invariant("accounts' subsidies are what the pool paid") { state in
      state.incomes.reduce(0) { $0 + $1.subsidy.baseUnits }
        == state.total(of: .subsidy).baseUnits
    },
    Invariant("nobody is given more than others paid") { state in
      state.incomes.allSatisfy {
        $0.own <= $0.earned && $0.subsidy.baseUnits <= $0.earned.baseUnits - $0.own.baseUnits
      }
    },
  ]
}

extension StateReader {
  /// Cost: a full scan.
  fileprivate var incomes: [IncomeRecord] {
    records(in: .incomes, named: Identifier<Account>.self, as: IncomeRecord.self).map(\.record)
  }
}
