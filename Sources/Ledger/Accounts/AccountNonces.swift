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
    var forgotten = 0
    var last: NonceName?
    while forgotten < Block.transactionMaximum {
      let page = records(
        in: .nonces, after: last, limit: NoncePage.size, named: NonceName.self, as: Bool.self)
      for (name, _) in page {
        guard name.expiry <= time else { return }
        forget(name)
        forgotten += 1
      }
      guard page.count == NoncePage.size else { return }
      last = page.last?.name
    }
  }

  private mutating func forget(_ name: NonceName) {
    set(.nonce(name), to: nil)
    guard let record = account(name.account), record.openNonces > 0 else {
      precondition(!isIntact, "an account counts the nonces that it used")
      return
    }
    updateAccount(name.account) { $0.openNonces -= 1 }
  }
}

/// How many nonces are read at once, most of which are in force when little is due.
private enum NoncePage {
  static let size = 50
}
