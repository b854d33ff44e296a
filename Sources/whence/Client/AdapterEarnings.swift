import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

/// What one adapter's answers brought, and what their payers said of them.
struct AdapterEarnings {
  let id: Identifier<Adapter>
  let name: String
  let income: AdapterIncome

  var words: String {
    let said = income.outcomes
    return
      "adapter \(name): fees \(income.fees.tokens) WHN, \(income.own.tokens) of them from its own "
      + "side; accepted \(said.accepted.tokens), passed \(said.passed.tokens), rejected "
      + "\(said.rejected.tokens), of which own \(said.own.tokens)\n"
  }

  var json: JSON {
    let said = income.outcomes
    return [
      "adapter": .string(id.description), "name": .string(name),
      "fees": .string(income.fees.description), "own": .string(income.own.description),
      "accepted": .string(said.accepted.description), "passed": .string(said.passed.description),
      "rejected": .string(said.rejected.description),
      "own_outcomes": .string(said.own.description),
    ]
  }
}

extension LedgerClient {
  /// The incomes of an account's adapters, of those that have any.
  ///
  /// Cost: as many requests as adapters have an income, at most ``AccountHoldings/searched``.
  func earnings(ofAdaptersOf owner: Identifier<Account>) async throws -> [AdapterEarnings] {
    let entries = try await entries(
      withPrefix: [StateTable.adapterIncomes.rawValue], after: nil,
      limit: AccountHoldings.searched)
    var earnings: [AdapterEarnings] = []
    for entry in entries {
      guard let record = StateRecord(entry), let id = record.name as? Identifier<Adapter>,
        let income = record.record as? AdapterIncome
      else {
        throw CommandFailure(
          .answerRefused, "the node sent a record that does not decode: \(entry.key.hex)")
      }
      guard let adapter = try await self.record(.adapter(id)), adapter.owner == owner else {
        continue
      }
      earnings.append(AdapterEarnings(id: id, name: adapter.offer.name, income: income))
    }
    return earnings
  }
}
