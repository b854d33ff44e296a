internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let subsidyInvariants = [
    Invariant("accounts' subsidies are what the pool paid") { state in
      state.incomes.reduce(0) { $0 + $1.subsidy.baseUnits }
        == state.total(of: .subsidy).baseUnits
    },
    Invariant("what came from an account's own side is a part of what it earned") { state in
      state.incomes.allSatisfy { $0.own <= $0.earned }
    },
  ]
}

extension StateReader {
  /// Cost: a full scan.
  fileprivate var incomes: [IncomeRecord] {
    records(in: .incomes, named: Identifier<Account>.self, as: IncomeRecord.self).map(\.record)
  }
}
