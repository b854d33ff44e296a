public import AttributionRules
public import CanonicalCoding
internal import Cryptography
public import Primitives

/// One unit of knowledge: a question, its answer, and the term both are about.
public struct InstructionRecord: Sendable {
  /// What the record is about; held-out sets are split by it.
  public let term: String
  public let question: String
  public let answer: String

  /// Bytes of UTF-8.
  public static let longestTerm = OpenedText.longestTerm
  /// Bytes of UTF-8, of the question and of the answer.
  public static let longestText = OpenedText.longestText

  /// - Throws: ``InvalidRecord`` if a field is empty, too long, or holds an ASCII control character
  ///   other than a line feed or tab in question or answer.
  public init(term: String, question: String, answer: String) throws(InvalidRecord) {
    try Self.check(term, "term", longest: Self.longestTerm, controls: [])
    try Self.check(question, "question", longest: Self.longestText, controls: Self.layout)
    try Self.check(answer, "answer", longest: Self.longestText, controls: Self.layout)
    self.term = term
    self.question = question
    self.answer = answer
  }

  /// H(salt ‖ record): what every index, receipt and statement calls the record.
  public func digest(salt: Digest) -> Digest {
    opened(by: salt).digest
  }

  /// The record as whoever has its salt opens it.
  public func opened(by salt: Digest) -> OpenedText {
    OpenedText(salt: salt, term: term, question: question, answer: answer)
  }

  /// What the copy rule compares.
  public var outline: RecordOutline {
    RecordOutline(term: term, question: question, answer: answer)
  }

  private static let layout: [UInt8] = [UInt8(ascii: "\n"), UInt8(ascii: "\t")]

  private static func check(
    _ text: String, _ field: String, longest: Int, controls: [UInt8]
  ) throws(InvalidRecord) {
    let problem: String? =
      if text.utf8.isEmpty {
        "is empty"
      } else if text.utf8.count > longest {
        "exceeds \(longest) bytes"
      } else if text.utf8.contains(where: { ($0 < 32 || $0 == 127) && !controls.contains($0) }) {
        "holds a control character"
      } else {
        nil
      }
    if let problem { throw InvalidRecord(message: "the \(field) \(problem)") }
  }
}

/// A text that no record may have.
public struct InvalidRecord: Error, Equatable, CustomStringConvertible {
  /// A sentence for a log.
  public let message: String

  public var description: String { "invalid_record: \(message)" }
}

extension InstructionRecord: Equatable {
  /// Compares bytes: two spellings that Unicode calls equivalent are two records.
  public static func == (lhs: InstructionRecord, rhs: InstructionRecord) -> Bool {
    lhs.canonicalBytes == rhs.canonicalBytes
  }
}

extension InstructionRecord: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: term)
    encoder.encode(text: question)
    encoder.encode(text: answer)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let term = try decoder.text(atMost: Self.longestTerm)
    let question = try decoder.text(atMost: Self.longestText)
    let answer = try decoder.text(atMost: Self.longestText)
    do {
      try self.init(term: term, question: question, answer: answer)
    } catch {
      throw .invalidValue
    }
  }
}
