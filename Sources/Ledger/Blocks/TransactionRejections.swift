/// Why a transaction is not included in any block; it has no effect at all.
public enum TransactionRejection: UInt32, SubjectRejection {
  public static let subject = "transaction"

  /// The bytes are not the canonical encoding of a transaction.
  case malformed = 1
  /// The encoding is longer than ``Transaction/byteMaximum``.
  case tooLarge = 2
  /// The signature is not the public key's over the content.
  case badSignature = 3
  /// The transaction is meant for another chain.
  case wrongChain = 4
  /// The expiry height has passed.
  case expired = 5
  /// The sequence is not the account's next one.
  case wrongSequence = 6
  /// The fee is below the least that parameters ask for.
  case feeTooSmall = 7
  /// The account's balance does not cover the fee.
  case feeNotCovered = 8
}
