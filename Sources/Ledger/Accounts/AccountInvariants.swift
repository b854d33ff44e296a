internal import CanonicalCoding
internal import Cryptography
public import Primitives

extension Invariant {
  static let accountInvariants = [
    Invariant("balances sum to the supply") { $0.auditSupply() },
    Invariant("answers' fees are handed out to the unit") { $0.auditAnswerFees() },
    Invariant("each account counts its nonces that are remembered") { $0.auditNonces() },
  ]
}

extension StateReader {
  /// Every balance that is not zero: the ledger's own purses first, then the accounts, each in the
  /// order of their keys.
  ///
  /// Cost: a full scan.
  public func allBalances() -> [(holder: Holder, amount: Amount)] {
    var balances = records(in: .purses, named: Holder.self, as: Amount.self)
      .map { (holder: $0.name, amount: $0.record) }
    for (id, record) in records(
      in: .accounts, named: Identifier<Account>.self, as: AccountRecord.self)
    where record.balance > .zero {
      balances.append((.account(id), record.balance))
    }
    return balances
  }

  /// Whether all balances sum to the supply that genesis minted.
  ///
  /// Cost: a full scan.
  public func auditSupply() -> Bool {
    var sum = Amount.zero
    for (_, amount) in allBalances() {
      guard let next = try? sum.adding(amount) else { return false }
      sum = next
    }
    return sum == chainRecord?.supply
  }

  /// Whether what was taken for answers equals what was handed out, to the unit, by the running
  /// totals the state keeps.
  public func auditAnswerFees() -> Bool {
    var parts = Amount.zero
    for cause in MoveCause.answerParts {
      guard let next = try? parts.adding(total(of: cause)) else { return false }
      parts = next
    }
    return parts == total(of: .answerFee) && balance(of: .feePool) == .zero
  }
}

extension StateReader {
  fileprivate func auditNonces() -> Bool {
    let used = records(in: .nonces, named: NonceName.self, as: Bool.self).map(\.name.account)
    let counted = records(in: .accounts, named: Identifier<Account>.self, as: AccountRecord.self)
      .flatMap { repeatElement($0.name, count: Int($0.record.openNonces)) }
    return used.sorted() == counted
  }
}

extension StateReader {
  /// Whether what `writes` change of the balances here sums to zero.
  func conservesSupply(under writes: [StateWrite]) -> Bool {
    var gains: UInt128 = 0
    var losses: UInt128 = 0
    for write in writes {
      guard let first = write.key.first,
        first == StateTable.purses.rawValue || first == StateTable.accounts.rawValue
      else { continue }
      let before = Self.amount(heldBy: value(at: write.key))
      let after = Self.amount(heldBy: write.value)
      if after > before {
        gains += after.baseUnits - before.baseUnits
      } else {
        losses += before.baseUnits - after.baseUnits
      }
    }
    return gains == losses
  }

  /// What a purse or an account holds: the amount that both encodings begin with.
  private static func amount(heldBy value: [UInt8]?) -> Amount {
    value.flatMap { try? Amount(trustedBytes: $0.prefix(Amount.byteCount)) } ?? .zero
  }
}
