public import Primitives

// How tokens become shares and shares tokens. Every rounding favours the stake that stays, so that
// the worth of a share falls by slashes only.

extension ValidatorRecord {
  /// Returns ⌊held · tokens / shares⌋, zero if there are no shares.
  public func worth(of held: UInt128) -> Amount {
    guard shares > 0 else { return .zero }
    return exactly { () throws(ArithmeticError) in
      try tokens.scaledRoundingDown(by: held, over: shares)
    }
  }

  /// Adds stake and returns its shares, ⌊amount · shares / tokens⌋.
  mutating func deposit(_ amount: Amount) throws(Rejection) -> UInt128 {
    guard shares == 0 || tokens > .zero else { throw .staking(.validatorWorthless) }
    var issued = amount.baseUnits
    if shares > 0 {
      guard
        let scaled = try? amount.scaledRoundingDown(by: shares, over: tokens.baseUnits)
      else { throw .staking(.sharesFull) }
      issued = scaled.baseUnits
    }
    guard issued <= ValidatorRecord.sharesMaximum - shares else { throw .staking(.sharesFull) }
    shares += issued
    tokens = tokens.addingWithinSupply(amount)
    return issued
  }

  /// Takes stake away from someone who holds `held` shares, and returns how many he keeps.
  ///
  /// He gives ⌈amount · shares / tokens⌉, and all of them if what he would keep is worth less than
  /// one base unit.
  ///
  /// - Precondition: `amount` is at most the shares' worth.
  mutating func withdraw(_ amount: Amount, fromHolderOf held: UInt128) -> UInt128 {
    precondition(amount <= worth(of: held), "nobody takes more than he has")
    if amount > .zero {
      let given = exactly { () throws(ArithmeticError) in
        try amount.scaledRoundingUp(by: shares, over: tokens.baseUnits)
      }.baseUnits
      tokens = tokens.minus(amount)
      shares -= given
      return forgettingDust(held - given)
    }
    return forgettingDust(held)
  }

  private mutating func forgettingDust(_ held: UInt128) -> UInt128 {
    guard worth(of: held) == .zero else { return held }
    shares -= held
    return 0
  }

  /// Takes `fraction` of all tokens, rounded down, and returns it.
  mutating func slash(_ fraction: Share) -> Amount {
    let taken = tokens.part(fraction)
    tokens = tokens.minus(taken)
    return taken
  }
}

/// Computes what the bounds of supply and shares keep from overflowing.
private func exactly(_ compute: () throws(ArithmeticError) -> Amount) -> Amount {
  guard let result = try? compute() else {
    preconditionFailure("a part of the supply is at most the supply")
  }
  return result
}
