public import Primitives

/// What the model computes next: segments of several sequences, one adapter's behind one another.
public struct Step: Hashable, Sendable {
  public var segments: [Segment]

  /// Tokens of all segments.
  public var tokenCount: Int { segments.reduce(0) { $0 + $1.tokens.count } }
}

/// Some tokens of a sequence in a row, all read with one adapter.
public struct Segment: Hashable, Sendable {
  public let sequence: SequenceNumber
  public let adapter: Digest?
  public let tokens: [Int32]
  /// The place of the first token in its sequence.
  public let position: Int
  /// All pages of the sequence up to the last of these tokens; `position` and what follows are written to.
  public let pages: [PageNumber]
  /// Whether the next token is to be chosen from what follows the last of these.
  public let isAsked: Bool
}
