public import CanonicalCoding
public import Primitives

/// A nonce that an account used in an unordered transaction; names sort by expiry.
public struct NonceName: Hashable, CanonicalCodable {
  public var expiry: BlockTime
  public var account: Identifier<Account>
  public var nonce: UInt64

  public init(expiry: BlockTime, account: Identifier<Account>, nonce: UInt64) {
    self.expiry = expiry
    self.account = account
    self.nonce = nonce
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(expiry)
    encoder.encode(account)
    encoder.encode(nonce)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    expiry = try decoder.decode()
    account = try decoder.decode()
    nonce = try decoder.decode()
  }
}

extension StateKey {
  /// True while the nonce is remembered.
  public static func nonce(_ name: NonceName) -> StateKey<Bool> { .init(.nonces, name) }
}

extension LedgerState {
  /// Forgets nonces that expired: from the next block on, their time alone refuses them.
  ///
  /// A block forgets as many as it can add at most, so they never pile up.
  mutating func forgetNonces(at time: BlockTime) {
    let oldest = records(
      in: .nonces, limit: Block.transactionMaximum, named: NonceName.self, as: Bool.self)
    for (name, _) in oldest.prefix(while: { $0.name.expiry <= time }) {
      guard var record = account(name.account), record.openNonces > 0 else {
        precondition(!isIntact, "an account counts the nonces that it used")
        return
      }
      record.openNonces -= 1
      set(.account(name.account), to: record)
      set(.nonce(name), to: nil)
    }
  }
}
