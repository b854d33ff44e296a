public import AttributionRules
public import CanonicalCoding
public import ClientAPI
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

  public init(_ record: InstructionRecord) {
    self.init(question: record.question, answer: record.answer)
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
  /// An earlier record that one is partly like, of this Datanet or another.
  public struct Neighbour: Hashable, Sendable {
    public let digest: Digest
    public let text: QuestionAnswer

    public init(digest: Digest, text: QuestionAnswer) {
      self.digest = digest
      self.text = text
    }

    public init(_ text: SnapshotText) {
      self.init(digest: text.digest, text: QuestionAnswer(text.record))
    }
  }

  public let digest: Digest
  public let origin: RecordOrigin
  public let text: QuestionAnswer
  /// In commit order: what the record's gradient shares with theirs is theirs.
  public let neighbours: [Neighbour]

  public init(
    digest: Digest, origin: RecordOrigin, text: QuestionAnswer, neighbours: [Neighbour] = []
  ) {
    self.digest = digest
    self.origin = origin
    self.text = text
    self.neighbours = neighbours
  }

  /// A head of a snapshot, with the earlier heads that it is partly like.
  public init(_ text: SnapshotText, origin: RecordOrigin, neighbours: [SnapshotText]) {
    self.init(
      digest: text.digest, origin: origin, text: QuestionAnswer(text.record),
      neighbours: neighbours.map { Neighbour($0) })
  }
}
