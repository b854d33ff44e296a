internal import AttributionRules
public import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import Primitives

/// A question kept out of training, to measure what training was worth.
public struct HeldOutItem: Sendable, Equatable {
  /// The domain it tests, in the curator's words.
  public let domain: String
  public let record: InstructionRecord

  public static let longestDomain = 64

  /// - Precondition: `domain` has at most ``longestDomain`` bytes of UTF-8.
  public init(domain: String, record: InstructionRecord) {
    precondition(domain.utf8.count <= Self.longestDomain, "a domain is a short name")
    self.domain = domain
    self.record = record
  }

  public static func == (lhs: HeldOutItem, rhs: HeldOutItem) -> Bool {
    lhs.canonicalBytes == rhs.canonicalBytes
  }
}

/// The held-out questions of one epoch: committed before its snapshot, revealed after its use.
public struct HeldOutSet: Sendable, Equatable {
  public let items: [HeldOutItem]

  public static let mostItems = 65_536

  /// - Throws: ``DatanetFailure/Code/recordCount`` unless there are 1 to ``mostItems`` items.
  public init(items: [HeldOutItem]) throws(DatanetFailure) {
    guard (1...Self.mostItems).contains(items.count) else {
      throw DatanetFailure(
        code: .recordCount,
        message: "a held-out set has 1 to \(Self.mostItems) items, not \(items.count)")
    }
    self.items = items
  }

  /// The one encoding of the items.
  public var blob: [UInt8] { canonicalBytes }

  /// The name of ``blob``; a commitment salts it, for a curator's questions can be guessed.
  public var blobDigest: Digest { SHA256.digest(of: blob) }

  /// - Throws: ``DatanetFailure/Code/corruptBlob`` if the bytes are not a held-out set's.
  public init(blob: [UInt8]) throws(DatanetFailure) {
    do {
      try self.init(canonicalBytes: blob)
    } catch {
      throw DatanetFailure(code: .corruptBlob, message: "not a held-out set: \(error)")
    }
  }

  /// For each item the heads of a snapshot that give it away.
  ///
  /// They count nothing for that item, and others count as ever (``HeldOutOverlap``).
  ///
  /// - Complexity: O(items · heads) comparisons of pieces.
  public func heads(of snapshot: Snapshot) -> [Set<Digest>] {
    let heads = snapshot.heads.map { ($0.digest, $0.record.outline) }
    let overlap = HeldOutOverlap(items: items.map(\.record.outline))
    return items.indices.map { place in
      Set(heads.lazy.filter { overlap.isGivenAway(place, by: $0.1) }.map(\.0))
    }
  }
}

extension HeldOutItem: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: domain)
    encoder.encode(record)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let domain = try decoder.text(atMost: Self.longestDomain)
    self.init(domain: domain, record: try decoder.decode())
  }
}

extension HeldOutSet: CanonicalCodable {
  private static let format: UInt16 = 1

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: Self.format)
    encoder.encode(list: items)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let format = try decoder.tag()
    guard format == Self.format else { throw .unknownTag(format) }
    let items = try decoder.list(of: HeldOutItem.self, atMost: Self.mostItems)
    do {
      try self.init(items: items)
    } catch {
      throw .invalidValue
    }
  }
}
