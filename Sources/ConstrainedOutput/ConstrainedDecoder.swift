/// One answer in the making that keeps to a constraint.
///
/// It remembers the masks of the states it has been in. A copy remembers them too: who serves many
/// answers under one constraint keeps a decoder at its start and copies it.
public struct ConstrainedDecoder: Sendable {
  private let vocabulary: TokenVocabulary
  private var machine: ConstraintMachine
  private var state: Int32 = 0
  private var masks: [Int32: TokenMask] = [:]

  /// How much is remembered before it is forgotten: states take about 1 KB, masks a bit a token.
  private static let statesKept = 50_000
  private static let masksKept = 512
  /// How many states one mask may find; only an expression made for it comes near.
  ///
  /// Beyond, tokens of one byte alone are tried, with which every answer can be finished.
  private static let newStatesInMask = 2_048

  public init(_ constraint: Constraint, vocabulary: TokenVocabulary) {
    self.vocabulary = vocabulary
    machine = ConstraintMachine(constraint)
  }

  /// Whether the answer may end here.
  public var isComplete: Bool { machine.isEnd(state) }

  /// Whether anything may follow; if not, the answer is complete.
  public var canContinue: Bool { machine.canContinue(state) }

  /// The tokens that may come next; the end of the answer is one more if ``isComplete``.
  ///
  /// Never empty while ``canContinue``, if the constraint was made for the vocabulary's
  /// ``TokenVocabulary/singleBytes``.
  /// - Complexity: O(nodes of the vocabulary's tree) for a new state, O(1) for one seen before.
  public mutating func allowedTokens() -> TokenMask {
    if let known = masks[state] { return known }
    if machine.stateCount > Self.statesKept || masks.count >= Self.masksKept {
      masks = [:]
      state = machine.forgetAll(but: state)
    }
    let mask = walk()
    masks[state] = mask
    return mask
  }

  private mutating func walk() -> TokenMask {
    var mask = TokenMask(count: vocabulary.count)
    let mostStates = machine.stateCount + Self.newStatesInMask
    var path: [Int32] = [state]
    var node = 0
    while node < vocabulary.bytes.count {
      let depth = Int(vocabulary.depths[node])
      guard depth == 1 || machine.stateCount <= mostStates else {
        node = Int(vocabulary.ends[node])
        continue
      }
      let next = machine.step(path[depth - 1], vocabulary.bytes[node])
      guard next != ConstraintMachine.dead else {
        node = Int(vocabulary.ends[node])
        continue
      }
      if depth < path.count { path[depth] = next } else { path.append(next) }
      let tokens = Int(vocabulary.firstTokens[node])..<Int(vocabulary.firstTokens[node + 1])
      for index in tokens { mask.insert(vocabulary.tokens[index]) }
      node += 1
    }
    return mask
  }

  /// Reads a token's bytes; false, and nothing changes, if they are not allowed here.
  public mutating func advance(_ bytes: some Sequence<UInt8>) -> Bool {
    var next = state
    for byte in bytes {
      next = machine.step(next, byte)
      guard next != ConstraintMachine.dead else { return false }
    }
    state = next
    return true
  }
}
