internal import CanonicalCoding
internal import Cryptography
public import Primitives

/// A kind of thing that accounts create by a message.
public protocol CreatedSubject {
  /// Keeps identifiers of different kinds apart.
  static var domain: String { get }
}

extension Identifier where Subject: CreatedSubject {
  /// The identifier of what `creator` makes with the transaction of this ordering; known to the
  /// creator before the ledger has seen it.
  public init(creator: Identifier<Account>, ordering: TransactionOrdering) {
    var encoder = CanonicalEncoder()
    encoder.encode(creator)
    encoder.encode(ordering)
    self.init(Digest(domain: Subject.domain, hashing: encoder.bytes))
  }

  public init(creator: Identifier<Account>, sequence: UInt64) {
    self.init(creator: creator, ordering: .sequence(sequence))
  }
}
