public import AttributionRules
public import CanonicalCoding
public import Primitives

/// A question with its answer.
public struct QuestionAnswer: Hashable, CanonicalCodable {
  public static let textMaximum = 4096

  public var question: String
  public var answer: String

  public init(question: String, answer: String) {
    self.question = question
    self.answer = answer
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: question)
    encoder.encode(text: answer)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    question = try decoder.text(atMost: Self.textMaximum)
    answer = try decoder.text(atMost: Self.textMaximum)
  }
}

/// A record of a snapshot as a run sees it: its text, and who is to be paid for it.
public struct TrainingRecord: Hashable, Sendable {
  public let digest: Digest
  public let origin: RecordOrigin
  public let text: QuestionAnswer

  public init(digest: Digest, origin: RecordOrigin, text: QuestionAnswer) {
    self.digest = digest
    self.origin = origin
    self.text = text
  }
}
