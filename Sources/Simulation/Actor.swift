internal import Cryptography
internal import Ledger
internal import Primitives

/// Somebody with an account.
struct Actor: Sendable {
  let account: Identifier<Account>
  /// The last one is in force.
  private(set) var keys: [SigningKey]
  /// The next transaction's number.
  var sequence: UInt64 = 0
  /// The next unordered transaction's nonce.
  var nonce: UInt64 = 0

  init(_ key: SigningKey) {
    account = Identifier(key.publicKey)
    keys = [key]
  }

  var key: SigningKey { keys[keys.count - 1] }

  /// The key that the account is named after.
  var firstKey: SigningKey { keys[0] }

  mutating func rotate(to key: SigningKey) { keys.append(key) }
}
