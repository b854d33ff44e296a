public import Primitives

/// A record as spans are looked for in it.
public struct SpanRecord: Hashable, Sendable {
  /// The record's salted digest.
  public let record: Digest
  /// Its priority.
  public let place: CommitPlace
  /// Its canonical text in UTF-8, which has no byte 255: that one stands between texts.
  public let text: [UInt8]

  public init(record: Digest, place: CommitPlace, text: String) {
    self.record = record
    self.place = place
    self.text = Array(text.utf8)
  }
}
