public import CanonicalCoding
internal import Primitives

// The encoded forms that indexes and receipts are hashed from; docs/spec/attribution.md.

extension SignRow: HexCodable {
  /// No signs.
  public static let codedExample = String(repeating: "0", count: 16)

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(scale)
    encoder.encode(list: signs)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let scale = try decoder.decode(UInt32.self)
    let signs = try decoder.list(of: UInt64.self, atMost: QueryVector.largestDimension / 64)
    self.init(signs: signs, scale: scale)
  }
}

extension QueryVector: HexCodable {
  /// No values.
  public static let codedExample = String(repeating: "0", count: 8)

  public func encode(to encoder: inout CanonicalEncoder) {
    var content: [UInt8] = []
    content.reserveCapacity(values.count * 2)
    for value in values {
      content.append(UInt8(truncatingIfNeeded: value >> 8))
      content.append(UInt8(truncatingIfNeeded: value))
    }
    encoder.encode(bytes: content)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let content = try decoder.bytes(atMost: QueryVector.largestDimension * 2)
    guard content.count.isMultiple(of: 128) else { throw .invalidValue }
    self.init(
      values: stride(from: 0, to: content.count, by: 2).map {
        Int16(bitPattern: UInt16(content[$0]) << 8 | UInt16(content[$0 + 1]))
      })
  }
}

extension RecordOrigin: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(contributor)
    encoder.encode(group)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let contributor = try decoder.decode(Digest.self)
    let group = try decoder.decode(Digest.self)
    self.init(contributor: contributor, group: group)
  }
}

extension RowName: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(record)
    encoder.encode(chunk)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let record = try decoder.decode(Digest.self)
    let chunk = try decoder.decode(UInt32.self)
    self.init(record: record, chunk: chunk)
  }
}

extension IndexedRecord: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(origin)
    encoder.encode(record)
    encoder.encode(chunk)
    encoder.encode(tokens)
    encoder.encode(row)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let origin = try decoder.decode(RecordOrigin.self)
    let record = try decoder.decode(Digest.self)
    let chunk = try decoder.decode(UInt32.self)
    let tokens = try decoder.decode(UInt32.self)
    let row = try decoder.decode(SignRow.self)
    self.init(record: record, chunk: chunk, tokens: tokens, origin: origin, row: row)
  }
}

extension InfluenceIndex: HexCodable {
  /// No rows.
  public static let codedExample = String(repeating: "0", count: 24)

  /// The most rows of either list.
  public static let largestCount = 1_000_000

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(UInt32(dimension))
    encoder.encode(list: records)
    encoder.encode(list: decoys)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let dimension = Int(try decoder.decode(UInt32.self))
    let records = try decoder.list(of: IndexedRecord.self, atMost: Self.largestCount)
    let decoys = try decoder.list(of: IndexedRecord.self, atMost: Self.largestCount)
    guard
      let index = Self(dimension: dimension, sortedRecords: records, sortedDecoys: decoys)
    else { throw .invalidValue }
    self = index
  }
}

extension ScoredRecord: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(record)
    encoder.encode(chunk)
    encoder.encode(score)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let record = try decoder.decode(Digest.self)
    let chunk = try decoder.decode(UInt32.self)
    let score = try decoder.decode(Int64.self)
    self.init(record: record, chunk: chunk, score: score)
  }
}

extension InfluenceEvidence: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(query)
    encoder.encode(list: decoyScores)
    encoder.encode(floor)
    encoder.encode(list: records)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let query = try decoder.decode(QueryVector.self)
    let decoyScores = try decoder.list(of: Int64.self, atMost: InfluenceIndex.largestCount)
    let floor = try decoder.decode(Int64.self)
    let records = try decoder.list(of: ScoredRecord.self, atMost: ContributorPay.longestList)
    self.init(query: query, decoyScores: decoyScores, floor: floor, records: records)
  }
}
