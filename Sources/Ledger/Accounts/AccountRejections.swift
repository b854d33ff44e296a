/// Why the ledger rejected a movement of money.
public enum AccountRejection: UInt32, SubjectRejection {
  public static let subject = "account"

  /// The holder's balance does not cover the amount.
  case insufficientBalance = 101
  /// The total of what moved for this reason is full.
  case totalFull = 102
  /// A transfer to many names at least one payment.
  case noPayments = 103
  /// The new key did not sign for this transaction of this account.
  case keyNotAccepted = 104
  /// No signature of the public key that the message brings is ever valid.
  case keyUnusable = 105
}
