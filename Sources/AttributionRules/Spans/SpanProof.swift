public import CanonicalCoding
public import Primitives

/// What is opened to show that a receipt's spans are wrong.
public enum SpanProof: Hashable, Sendable {
  /// The evidence shows it by itself.
  case itself
  /// Answer and prompt, which show a wrong range or surprisal, or that spans were due.
  case texts(answer: SaltedText, prompt: SaltedText)
  /// A source in whose text a span does not stand as it is said to.
  case source(answer: SaltedText, record: OpenedText)
  /// The rows beside the places where a source's rows would stand, among records and decoys.
  case absent(record: Digest, records: RowGap, decoys: RowGap)
  /// Rows of two sources of the span at a place, in its list's order.
  case disordered(span: UInt32, first: OpenedRecord, second: OpenedRecord)
  /// A record of the run's snapshot in which a run stands, and which is not cited for it.
  case omitted(OmittedSource)
}

/// A record that should be cited: its text, its row, and what of the answer stands in it.
public struct OmittedSource: Hashable, CanonicalCodable {
  public var answer: SaltedText
  public var prompt: SaltedText
  public var record: OpenedText
  /// Any row of the record.
  public var row: OpenedRecord
  public var run: AnswerRange
  /// Any row of the last source listed, if the list of a span's sources is full.
  public var last: OpenedRecord?

  public init(
    answer: SaltedText, prompt: SaltedText, record: OpenedText, row: OpenedRecord,
    run: AnswerRange, last: OpenedRecord?
  ) {
    self.answer = answer
    self.prompt = prompt
    self.record = record
    self.row = row
    self.run = run
    self.last = last
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(answer)
    encoder.encode(prompt)
    encoder.encode(record)
    encoder.encode(row)
    encoder.encode(run)
    encoder.encode(optional: last)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    answer = try decoder.decode()
    prompt = try decoder.decode()
    record = try decoder.decode()
    row = try decoder.decode()
    run = try decoder.decode()
    last = try decoder.optional()
  }
}

extension SpanProof: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "itself", "texts", "source", "absent", "disordered", "omitted",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .itself: encoder.encode(tag: 1)
    case .texts(let answer, let prompt):
      encoder.encode(tag: 2)
      encoder.encode(answer)
      encoder.encode(prompt)
    case .source(let answer, let record):
      encoder.encode(tag: 3)
      encoder.encode(answer)
      encoder.encode(record)
    case .absent(let record, let records, let decoys):
      encoder.encode(tag: 4)
      encoder.encode(record)
      encoder.encode(records)
      encoder.encode(decoys)
    case .disordered(let span, let first, let second):
      encoder.encode(tag: 5)
      encoder.encode(span)
      encoder.encode(first)
      encoder.encode(second)
    case .omitted(let source):
      encoder.encode(tag: 6)
      encoder.encode(source)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .itself
    case 2: self = .texts(answer: try decoder.decode(), prompt: try decoder.decode())
    case 3: self = .source(answer: try decoder.decode(), record: try decoder.decode())
    case 4:
      self = .absent(
        record: try decoder.decode(), records: try decoder.decode(), decoys: try decoder.decode())
    case 5:
      self = .disordered(
        span: try decoder.decode(), first: try decoder.decode(), second: try decoder.decode())
    case 6: self = .omitted(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
