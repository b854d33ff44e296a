public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Fixes a part of an epoch's held-out set before anything is trained on the epoch; a curator's act.
public struct CommitHeldOut: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var epoch: UInt32
  /// See ``commitment(datanet:curator:salt:blob:)``.
  public var commitment: Digest

  public init(datanet: Identifier<Datanet>, epoch: UInt32, commitment: Digest) {
    self.datanet = datanet
    self.epoch = epoch
    self.commitment = commitment
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(epoch)
    encoder.encode(commitment)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    epoch = try decoder.decode()
    commitment = try decoder.decode()
  }
}

extension CommitHeldOut {
  /// What a curator commits to: nobody else can reveal it as their own.
  public static func commitment(
    datanet: Identifier<Datanet>, curator: Identifier<Account>, salt: Digest, blob: Digest
  ) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(datanet)
    encoder.encode(curator)
    encoder.encode(salt)
    encoder.encode(blob)
    return Digest(domain: "whence/held-out", hashing: encoder.bytes)
  }
}

/// Shows the signer's part of an epoch's held-out set.
///
/// From the first part on, no more run of the epoch is accepted; one challenge window after the last
/// one its contributors are paid.
public struct RevealHeldOut: Hashable, CanonicalCodable {
  public var datanet: Identifier<Datanet>
  public var epoch: UInt32
  public var salt: Digest
  /// SHA-256 of the bytes that hold the part.
  public var blob: Digest

  public init(datanet: Identifier<Datanet>, epoch: UInt32, salt: Digest, blob: Digest) {
    self.datanet = datanet
    self.epoch = epoch
    self.salt = salt
    self.blob = blob
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(datanet)
    encoder.encode(epoch)
    encoder.encode(salt)
    encoder.encode(blob)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    datanet = try decoder.decode()
    epoch = try decoder.decode()
    salt = try decoder.decode()
    blob = try decoder.decode()
  }
}
