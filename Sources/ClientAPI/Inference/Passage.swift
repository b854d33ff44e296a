public import Primitives

/// A record's text as answers may lean on it.
public struct Passage: Hashable, Sendable {
  public let record: Digest
  public let text: String

  public init(record: Digest, text: String) {
    self.record = record
    self.text = text
  }
}
