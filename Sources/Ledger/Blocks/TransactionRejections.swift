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
  /// The expiry height, or the time at which the nonce expires, has passed.
  case expired = 5
  /// The sequence is not the account's next one.
  case wrongSequence = 6
  /// The fee is below the transaction's gas at the least price.
  case feeTooSmall = 7
  /// The account's balance does not cover the fee.
  case feeNotCovered = 8
  /// The public key is not the account's.
  case wrongKey = 9
  /// The time at which the nonce expires lies further ahead than parameters let it.
  case nonceExpiryTooFar = 10
  /// The account has used the nonce with this expiry before.
  case nonceUsed = 11
  /// The account has as many nonces that have not expired as parameters let it.
  case noncesFull = 12
  /// The block has no gas left for the transaction; a later one may.
  case blockFull = 13
}
