public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Disputes what only a recomputation can decide, with a bond; level 3.
public struct OpenDispute: Hashable, CanonicalCodable {
  public var claim: DisputeClaim
  /// Of what the opener publishes to be recomputed.
  public var grounds: Digest

  public init(claim: DisputeClaim, grounds: Digest) {
    self.claim = claim
    self.grounds = grounds
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(claim)
    encoder.encode(grounds)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    claim = try decoder.decode()
    grounds = try decoder.decode()
  }
}

/// Stands by what is disputed, or gives in; the act of the accused.
public struct AnswerDispute: Hashable, CanonicalCodable {
  public var dispute: Identifier<Dispute>
  public var concedes: Bool
  /// Of what the accused publishes to be recomputed.
  public var grounds: Digest

  public init(dispute: Identifier<Dispute>, concedes: Bool, grounds: Digest) {
    self.dispute = dispute
    self.concedes = concedes
    self.grounds = grounds
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(dispute)
    encoder.encode(concedes)
    encoder.encode(grounds)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    dispute = try decoder.decode()
    concedes = try decoder.decode()
    grounds = try decoder.decode()
  }
}

/// Commits a drawn verifier to a verdict that nobody can copy yet.
public struct CommitVerdict: Hashable, CanonicalCodable {
  public var dispute: Identifier<Dispute>
  /// ``RevealVerdict/commitment(verifier:)``.
  public var commitment: Digest

  public init(dispute: Identifier<Dispute>, commitment: Digest) {
    self.dispute = dispute
    self.commitment = commitment
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(dispute)
    encoder.encode(commitment)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    dispute = try decoder.decode()
    commitment = try decoder.decode()
  }
}

/// Reveals a verdict that was committed.
public struct RevealVerdict: Hashable, CanonicalCodable {
  public var dispute: Identifier<Dispute>
  public var verdict: Verdict
  public var salt: Digest

  public init(dispute: Identifier<Dispute>, verdict: Verdict, salt: Digest) {
    self.dispute = dispute
    self.verdict = verdict
    self.salt = salt
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(dispute)
    encoder.encode(verdict)
    encoder.encode(salt)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    dispute = try decoder.decode()
    verdict = try decoder.decode()
    salt = try decoder.decode()
  }
}

/// Makes the signer a verifier, or adds to its bond.
public struct RegisterVerifier: Hashable, CanonicalCodable {
  public var bond: Amount

  public init(bond: Amount) {
    self.bond = bond
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(bond)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    bond = try decoder.decode()
  }
}

/// Ends the signer's service as a verifier; after a window its bond returns.
public struct RetireVerifier: Hashable, CanonicalCodable {
  public init() {}

  public func encode(to encoder: inout CanonicalEncoder) {}

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {}
}

extension RevealVerdict {
  /// What the verifier commits to before.
  public func commitment(verifier: Identifier<Account>) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(dispute)
    encoder.encode(verifier)
    encoder.encode(verdict)
    encoder.encode(salt)
    return Digest(domain: "whence/verdict", hashing: encoder.bytes)
  }
}
