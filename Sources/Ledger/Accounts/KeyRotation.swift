public import CanonicalCoding
public import Cryptography
public import Primitives

/// Gives the signer's account another key; the one before opens nothing from then on.
///
/// The account keeps its identifier, and with it whatever it holds, staked and has coming.
public struct RotateKey: Hashable, CanonicalCodable {
  public var newKey: PublicKey
  /// The new key's, over ``KeyAcceptance``: nobody takes a key that is not his.
  public var acceptance: Signature

  public init(newKey: PublicKey, acceptance: Signature) {
    self.newKey = newKey
    self.acceptance = acceptance
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(newKey)
    encoder.encode(acceptance)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    newKey = try decoder.decode()
    acceptance = try decoder.decode()
  }
}

/// What a key signs to become an account's: good for one transaction of one account of one chain.
public struct KeyAcceptance: Hashable, CanonicalCodable {
  public var chain: Identifier<Chain>
  public var account: Identifier<Account>
  /// Of the transaction that rotates the key.
  public var ordering: TransactionOrdering

  public init(
    chain: Identifier<Chain>, account: Identifier<Account>, ordering: TransactionOrdering
  ) {
    self.chain = chain
    self.account = account
    self.ordering = ordering
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(account)
    encoder.encode(ordering)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    account = try decoder.decode()
    ordering = try decoder.decode()
  }
}

extension KeyAcceptance {
  /// The message that rotates the account's key to `key`.
  public func rotation(to key: SigningKey) -> RotateKey {
    RotateKey(newKey: key.publicKey, acceptance: key.sign(signedDigest.bytes))
  }

  var signedDigest: Digest { Digest(domain: "whence/key-acceptance", hashing: self) }
}

extension LedgerState {
  /// Applies a rotation: from the next transaction on, only the new key opens the account.
  ///
  /// - Throws: `keyNotAccepted`.
  public mutating func apply(
    _ message: RotateKey, in context: BlockContext
  ) throws(Rejection) {
    let acceptance = KeyAcceptance(
      chain: context.chain, account: context.signer, ordering: context.ordering)
    guard message.newKey.verifies(message.acceptance, over: acceptance.signedDigest.bytes) else {
      throw .account(.keyNotAccepted)
    }
    updateAccount(context.signer) { $0.publicKey = message.newKey }
    emit(.keyRotated, context.signer.digest)
  }
}

extension PublicKey {
  /// Refuses a key that a message brings and that nobody can sign with.
  ///
  /// - Throws: `account_key_unusable`.
  func checkUsable() throws(Rejection) {
    guard isUsable else { throw .account(.keyUnusable) }
  }
}
