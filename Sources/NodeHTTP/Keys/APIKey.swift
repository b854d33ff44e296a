public import ClientAPI
internal import Cryptography
public import Ledger
public import Primitives

/// Who may ask with a key instead of an order, and how much that may cost.
public struct APIKey: Hashable, Sendable {
  /// What its owner calls it; no secret.
  public var name: String
  /// SHA-256 of the key; the key itself is nowhere here.
  public var digest: Digest
  /// The channel that pays, whose orders the server signs.
  public var channel: Identifier<Channel>
  /// The most that one answer may cost.
  public var answerLimit: Amount
  /// The most that the answers of one day (UTC) may cost.
  public var dayLimit: Amount
  /// Answers of higher ones go first.
  public var priority: Int

  public init(
    name: String, digest: Digest, channel: Identifier<Channel>, answerLimit: Amount,
    dayLimit: Amount, priority: Int = 0
  ) {
    self.name = name
    self.digest = digest
    self.channel = channel
    self.answerLimit = answerLimit
    self.dayLimit = dayLimit
    self.priority = priority
  }

  /// What is kept of a key.
  public static func digest(of key: String) -> Digest { SHA256.digest(of: Array(key.utf8)) }

  /// The entry of a key; nil if there is none.
  ///
  /// Looks at every entry and at every byte of each, so that its time tells nothing of them.
  static func entry(of key: String, among entries: [APIKey]) -> APIKey? {
    let asked = digest(of: key).bytes
    var found: APIKey?
    for entry in entries {
      let difference = zip(asked, entry.digest.bytes).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
      if difference == 0 { found = entry }
    }
    return found
  }
}

/// What a node needs to sign in the place of payers that delegated it.
public struct KeySigning: Sendable {
  /// The keys in force.
  public var keys: @Sendable () async throws -> [APIKey]
  /// Signs orders of a channel; throws if they are not the server's to sign.
  public var signer: @Sendable (Identifier<Channel>) async throws -> PayerSigner
  /// The number of a channel's next order: higher than all before, and stored before it is given.
  public var nextNumber: @Sendable (Identifier<Channel>) async throws -> UInt64
  /// What a key's answers of a day cost so far; nil if nothing is stored.
  public var spent: @Sendable (_ key: String, _ day: UInt64) throws -> Amount?
  /// Stores it, before an answer is begun and when its price is known.
  public var store: @Sendable (_ key: String, _ day: UInt64, _ spent: Amount) throws -> Void
  public var entropy: @Sendable () -> Digest
  public var clock: @Sendable () -> BlockTime

  public init(
    keys: @escaping @Sendable () async throws -> [APIKey],
    signer: @escaping @Sendable (Identifier<Channel>) async throws -> PayerSigner,
    nextNumber: @escaping @Sendable (Identifier<Channel>) async throws -> UInt64,
    spent: @escaping @Sendable (String, UInt64) throws -> Amount?,
    store: @escaping @Sendable (String, UInt64, Amount) throws -> Void,
    entropy: @escaping @Sendable () -> Digest = systemEntropy,
    clock: @escaping @Sendable () -> BlockTime = systemTime
  ) {
    self.keys = keys
    self.signer = signer
    self.nextNumber = nextNumber
    self.spent = spent
    self.store = store
    self.entropy = entropy
    self.clock = clock
  }
}
