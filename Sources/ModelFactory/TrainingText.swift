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

extension TrainingRecord {
  /// A run's records trained on, and its decoys, as anybody can tell them from what it published:
  /// each with the earlier records that it is partly like.
  ///
  /// - Parameters:
  ///   - records: all texts of `manifest.trained` and `manifest.decoys`.
  ///   - elsewhere: all of ``RunTexts/elsewhere``.
  /// - Returns: those trained on in commit order, decoys by digest, as the manifest lists them; nil
  ///   if a text or a row of one is absent.
  /// - Throws: ``RunTextsFault``.
  public static func all(
    of manifest: RunManifest, index: InfluenceIndex, records: SnapshotTexts,
    elsewhere: SnapshotTexts
  ) throws(RunTextsFault) -> (trained: [TrainingRecord], decoys: [TrainingRecord])? {
    let neighbours = try TextNeighbours(of: records, elsewhere: elsewhere)
    func record(_ digest: Digest) -> TrainingRecord? {
      guard let text = records[digest], let origin = index.origin(of: digest) else { return nil }
      return TrainingRecord(text, origin: origin, neighbours: neighbours[digest])
    }
    let (trained, decoys) = (
      manifest.trained.compactMap(record), manifest.decoys.compactMap(record)
    )
    guard trained.count == manifest.trained.count, decoys.count == manifest.decoys.count
    else { return nil }
    return (trained, decoys)
  }
}
