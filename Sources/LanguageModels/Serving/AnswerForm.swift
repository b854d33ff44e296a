public import ConstrainedOutput

/// What an answer is held to, at its start; copied for each answer.
public struct AnswerForm: Sendable {
  let start: ConstrainedDecoder
  /// If there is one, the answer is free unless it begins with it.
  let mark: [UInt8]

  /// - Parameter mark: what an answer begins with that is held to the constraint; empty for all.
  public init(_ start: ConstrainedDecoder, mark: [UInt8] = []) {
    self.start = start
    self.mark = mark
  }
}

/// How far an answer has got in its form.
struct FormProgress: Sendable {
  private var decoder: ConstrainedDecoder
  private let mark: [UInt8]
  /// How many bytes it has, as long as that may matter.
  private var count = 0
  /// It has left the form, so nothing holds it any more.
  private(set) var isFree = false

  init(_ form: AnswerForm) {
    decoder = form.start
    mark = form.mark
  }

  /// Whether it is whole, and nothing may follow.
  var isOver: Bool { !isFree && count >= mark.count && !decoder.canContinue }

  /// Whether it has to be asked what may follow.
  var isHeld: Bool { !isFree && count >= mark.count }

  /// Reads a token's bytes, which a mask allowed if one was asked for.
  mutating func read(_ bytes: [UInt8]) {
    guard !isFree else { return }
    count += bytes.count
    if !decoder.advance(bytes) { isFree = true }
  }

  /// What may follow, the end of the turn among it where the answer is whole.
  /// - Complexity: as ``ConstrainedDecoder/allowedTokens()``.
  mutating func mask(endOfTurn: Int32) -> TokenMask {
    var mask = decoder.allowedTokens()
    if decoder.isComplete { mask.insert(endOfTurn) }
    return mask
  }
}
