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

/// What turns texts into vectors of length one, whose dot products say how alike texts are.
public protocol SentenceEncoding: Sendable {
  var dimension: Int { get }

  /// A vector a text, in order.
  func vectors(for texts: [String]) async throws -> [[Float]]
}
