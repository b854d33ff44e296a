/// What turns texts into vectors of length one, whose dot products say how alike texts are.
public protocol SentenceEncoding: Sendable {
  var dimension: Int { get }

  /// A vector a text, in order.
  func vectors(for texts: [String]) async throws -> [[Float]]
}
