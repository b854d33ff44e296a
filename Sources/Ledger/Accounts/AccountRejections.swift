/// Why the ledger rejected a movement of money.
public enum AccountRejection: UInt32, SubjectRejection {
  public static let subject = "account"

  /// The holder's balance does not cover the amount.
  case insufficientBalance = 101
  /// The total of what moved for this reason is full.
  case totalFull = 102
}
