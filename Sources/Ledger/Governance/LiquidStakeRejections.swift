/// Why the ledger rejected a message about wrapped stake.
public enum LiquidStakeRejection: UInt32, SubjectRejection {
  public static let subject = "liquid_stake"

  /// Wrapped stake is unwrapped before it leaves its validator.
  case wrapped = 750
  /// Nothing was asked for.
  case sharesZero = 751
  /// The holder has fewer shares.
  case sharesTooFew = 752
  /// An operator's stake with himself is his promise, and stays his.
  case ownValidator = 753
  /// Wrapped stake goes to another account.
  case sameAccount = 754
  /// The account has so much different stake that it takes no more unasked.
  case holderFull = 755
}
