public import CanonicalCoding
public import ClientAPI
public import Cryptography
public import Primitives

/// Records that one account commits to before it shows them, and the secret that salts them.
///
/// The ledger sees ``recordsRoot`` and ``commitmentSalt``; the ``blob`` with the text and the
/// secret goes to a blob store, encrypted or public as the Datanet's licence says. A record's
/// digest is salted: nobody can confirm a guess of its text without the salt, and erasing the
/// secret erases the link. `docs/spec/datanets.md` gives the bytes.
public struct ContributionBundle: Sendable, Equatable {
  /// In the contributor's order, which is their priority among themselves.
  public let records: [InstructionRecord]
  /// The salted digest of each record.
  public let recordDigests: [Digest]
  private let secret: Digest

  public static let mostRecords = 65_536

  /// - Parameter secret: 32 fresh random bytes; whoever has them can tie digests to guessed text.
  /// - Throws: ``DatanetFailure/Code/recordCount`` unless there are 1 to ``mostRecords`` records.
  public init(records: [InstructionRecord], secret: Digest) throws(DatanetFailure) {
    guard (1...Self.mostRecords).contains(records.count) else {
      throw DatanetFailure(
        code: .recordCount,
        message: "a contribution holds 1 to \(Self.mostRecords) records, not \(records.count)")
    }
    self.records = records
    self.secret = secret
    recordDigests = records.enumerated().map { index, record in
      record.digest(salt: Self.salt(ofRecord: index, secret: secret))
    }
  }

  /// The root of the list tree over the record digests: what a commitment binds and a reveal shows.
  public var recordsRoot: Digest { tree.root }

  /// The salt of the commitment on the ledger; revealing it reveals no record's salt.
  public var commitmentSalt: Digest {
    Digest(domain: "whence/commitment-salt", hashing: secret)
  }

  /// What opens one record's digest without opening the others.
  /// - Precondition: `index` is one of ``records``.
  public func salt(ofRecord index: Int) -> Digest {
    precondition(records.indices.contains(index), "a salt is of a record")
    return Self.salt(ofRecord: index, secret: secret)
  }

  /// Proves that a record's digest stands at its index under ``recordsRoot``.
  /// - Precondition: `index` is one of ``records``.
  public func proof(ofRecord index: Int) -> InclusionProof { tree.proof(ofLeaf: index) }

  private var tree: MerkleTree { MerkleTree(leaves: recordDigests.map(\.bytes)) }

  private static func salt(ofRecord index: Int, secret: Digest) -> Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(secret)
    encoder.encode(UInt32(index))
    return Digest(domain: "whence/record-salt", hashing: encoder.bytes)
  }
}

extension ContributionBundle {
  /// The one encoding of secret and records; the same records give the same bytes however the file
  /// they were read from was spaced.
  public var blob: [UInt8] { canonicalBytes }

  /// The name of ``blob`` in a blob store, and on the ledger.
  public var blobDigest: Digest { SHA256.digest(of: blob) }

  /// Reads a blob; whether it is the committed one is for the caller to check by ``recordsRoot``.
  /// - Throws: ``DatanetFailure/Code/corruptBlob`` if the bytes are not a contribution's.
  public init(blob: [UInt8]) throws(DatanetFailure) {
    do {
      try self.init(canonicalBytes: blob)
    } catch {
      throw DatanetFailure(code: .corruptBlob, message: "not a contribution's bundle: \(error)")
    }
  }
}

extension ContributionBundle: CanonicalCodable {
  private static let format: UInt16 = 1

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: Self.format)
    encoder.encode(secret)
    encoder.encode(list: records)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let format = try decoder.tag()
    guard format == Self.format else { throw .unknownTag(format) }
    let secret = try decoder.decode(Digest.self)
    let records = try decoder.list(of: InstructionRecord.self, atMost: Self.mostRecords)
    do {
      try self.init(records: records, secret: secret)
    } catch {
      throw .invalidValue
    }
  }
}
