public import ClientAPI

/// A model that turns texts into vectors of one length whose dot products say how alike they are.
public protocol TextEncoder: Sendable {
  /// What clients ask for, such as `all-MiniLM-L6-v2`.
  var name: String { get }
  /// The length of every vector.
  var dimension: Int { get }
  /// The most tokens of a text.
  var tokenMaximum: Int { get }

  /// A text's tokens, those that frame it included; at most one more than ``tokenMaximum``, for a
  /// text that is longer.
  func tokenCount(of text: String) -> Int

  /// Returns a vector a text, in order; what is beyond ``tokenMaximum`` does not count.
  func vectors(of texts: [String]) async throws(InferenceFailure) -> [[Float]]
}
