public import CanonicalCoding
public import Primitives

/// A bonded verifier; its money is the balance of ``Holder/verifierBond(_:)``.
public struct VerifierRecord: Hashable, CanonicalCodable {
  /// Only disputes opened later draw it.
  public var registeredAt: Height
  /// Panels of open disputes: its bond stays while there are any.
  public var openSeats: UInt32
  /// When its bond returns; it is drawn no more.
  public var retires: Deadline?

  public init(registeredAt: Height, openSeats: UInt32, retires: Deadline?) {
    self.registeredAt = registeredAt
    self.openSeats = openSeats
    self.retires = retires
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(registeredAt)
    encoder.encode(openSeats)
    encoder.encode(optional: retires)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    registeredAt = try decoder.decode()
    openSeats = try decoder.decode()
    retires = try decoder.optional()
  }
}

extension StateReader {
  public func verifier(_ account: Identifier<Account>) -> VerifierRecord? {
    record(.verifier(account))
  }

  /// Every verifier, sorted by account; there are at most ``DisputeParameters/verifierMaximum``.
  public func verifiers() -> [(account: Identifier<Account>, record: VerifierRecord)] {
    records(in: .verifiers, named: Identifier<Account>.self, as: VerifierRecord.self)
      .map { ($0.name, $0.record) }
  }
}

extension StateKey {
  public static func verifier(_ account: Identifier<Account>) -> StateKey<VerifierRecord> {
    .init(.verifiers, account)
  }
}
