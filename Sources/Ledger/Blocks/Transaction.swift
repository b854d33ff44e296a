public import CanonicalCoding
public import Cryptography
public import Primitives

/// What a transaction's signer signs.
public struct TransactionContent: Hashable, CanonicalCodable {
  public var chain: Identifier<Chain>
  /// The account that sends the message and pays the fee.
  public var signer: Identifier<Account>
  /// The signer's key in force; until its first rotation, the one that names the account.
  public var publicKey: PublicKey
  public var ordering: TransactionOrdering
  /// Paid to the validators whether or not the message succeeds.
  public var fee: Amount
  /// Not included in a later block.
  public var expiry: Height
  public var message: Message

  public init(
    chain: Identifier<Chain>, signer: Identifier<Account>, publicKey: PublicKey,
    ordering: TransactionOrdering, fee: Amount, expiry: Height, message: Message
  ) {
    self.chain = chain
    self.signer = signer
    self.publicKey = publicKey
    self.ordering = ordering
    self.fee = fee
    self.expiry = expiry
    self.message = message
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(signer)
    encoder.encode(publicKey)
    encoder.encode(ordering)
    encoder.encode(fee)
    encoder.encode(expiry)
    encoder.encode(message)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    signer = try decoder.decode()
    publicKey = try decoder.decode()
    ordering = try decoder.decode()
    fee = try decoder.decode()
    expiry = try decoder.decode()
    message = try decoder.decode()
  }
}

extension TransactionContent {
  /// The content for an account whose key was never rotated.
  public init(
    chain: Identifier<Chain>, publicKey: PublicKey, sequence: UInt64, fee: Amount, expiry: Height,
    message: Message
  ) {
    self.init(
      chain: chain, signer: Identifier(publicKey), publicKey: publicKey,
      ordering: .sequence(sequence), fee: fee, expiry: expiry, message: message)
  }

  /// The signer's sequence that this takes; nil if it is unordered.
  public var sequence: UInt64? {
    if case .sequence(let number) = ordering { number } else { nil }
  }

  public func signed(by key: SigningKey) -> Transaction {
    Transaction(content: self, signature: key.sign(signedDigest.bytes))
  }

  var signedDigest: Digest { Self.signedDigest(ofEncoding: canonicalBytes[...]) }

  static func signedDigest(ofEncoding bytes: ArraySlice<UInt8>) -> Digest {
    Digest(domain: "whence/transaction", hashing: bytes)
  }
}

/// A message with its signer's authority.
public struct Transaction: Hashable, CanonicalCodable {
  /// The longest encoding that is included.
  public static let byteMaximum = 262_144

  public var content: TransactionContent
  public var signature: Signature

  public init(content: TransactionContent, signature: Signature) {
    self.content = content
    self.signature = signature
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(content)
    encoder.encode(signature)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    content = try decoder.decode()
    signature = try decoder.decode()
  }
}

extension Transaction {
  /// The subject of transaction identifiers, and their digest: SHA-256 of the encoding.
  public var id: Identifier<Transaction> { Identifier(SHA256.digest(of: canonicalBytes)) }
}

/// A transaction that is well formed and rightly signed: all that can be said without state.
public struct CheckedTransaction: Hashable, Sendable {
  public let transaction: Transaction
  public let id: Identifier<Transaction>
  public let sizeInBytes: Int
  /// ``TransactionContent/gas``.
  public let gas: UInt64
  /// Its leaf in the list tree over a block's transactions.
  let leafHash: Digest

  /// Reads a transaction from its encoding.
  ///
  /// Cost: one signature check, about 60 µs.
  ///
  /// - Throws: `transaction_too_large`, `transaction_malformed`, `transaction_bad_signature`.
  public init(canonicalBytes bytes: [UInt8]) throws(Rejection) {
    guard bytes.count <= Transaction.byteMaximum else { throw .transaction(.tooLarge) }
    guard let transaction = try? Transaction(canonicalBytes: bytes) else {
      throw .transaction(.malformed)
    }
    let content = transaction.content
    // The signature stands behind the content, and a transaction has one encoding.
    let signed = TransactionContent.signedDigest(ofEncoding: bytes.dropLast(Signature.byteCount))
    guard content.publicKey.verifies(transaction.signature, over: signed.bytes) else {
      throw .transaction(.badSignature)
    }
    self.transaction = transaction
    id = Identifier(SHA256.digest(of: bytes))
    leafHash = MerkleTree.leafHash(of: bytes)
    sizeInBytes = bytes.count
    gas = Gas.of(content.message, sizeInBytes: bytes.count)
  }
}
