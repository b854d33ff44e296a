/// A pushdown automaton over bytes: a network of states in which a rule may call another, so that
/// what is nested, such as JSON, can be followed to any depth.
struct Automaton: Sendable {
  struct Edge: Sendable {
    let bytes: ClosedRange<UInt8>
    let target: Int32
  }

  struct Call: Sendable {
    let rule: Int32
    /// Where to go on when the rule has ended.
    let back: Int32
  }

  struct State: Sendable {
    var edges: [Edge] = []
    /// Ways that take no byte.
    var jumps: [Int32] = []
    var calls: [Call] = []
    /// Whether its rule may end here.
    var isEnd = false

    /// Whether nothing can be done here but return: what called this may be forgotten.
    var onlyReturns: Bool { isEnd && edges.isEmpty && jumps.isEmpty && calls.isEmpty }
  }

  var states: [State]
  /// Where each rule starts.
  var rules: [Int32]
  /// The rule that a whole text follows.
  let root: Int32
}

/// Puts an automaton together, state by state, within bounds.
struct AutomatonBuilder {
  private(set) var states: [Automaton.State] = []
  private(set) var rules: [Int32] = []
  private var scalarRules: [ScalarSet: Int32] = [:]
  let limits: ConstraintLimits
  /// What errors name as the place.
  var place = ""

  init(limits: ConstraintLimits) { self.limits = limits }

  func error(_ code: ConstraintError.Code, _ message: String) -> ConstraintError {
    ConstraintError(code, at: place, message)
  }

  mutating func state(isEnd: Bool = false) throws(ConstraintError) -> Int32 {
    guard states.count < limits.states else {
      throw error(.tooLarge, "it takes more than \(limits.states) states; ask for less at once")
    }
    states.append(Automaton.State(isEnd: isEnd))
    return Int32(states.count - 1)
  }

  /// Makes a rule: where it starts, and the one place where it ends.
  mutating func rule() throws(ConstraintError) -> (rule: Int32, start: Int32, end: Int32) {
    let start = try state()
    rules.append(start)
    return (Int32(rules.count - 1), start, try state(isEnd: true))
  }

  func start(of rule: Int32) -> Int32 { rules[Int(rule)] }

  mutating func edge(_ bytes: ClosedRange<UInt8>, from source: Int32, to target: Int32) {
    states[Int(source)].edges.append(Automaton.Edge(bytes: bytes, target: target))
  }

  mutating func edge(_ character: Unicode.Scalar, from source: Int32, to target: Int32) {
    let byte = UInt8(ascii: character)
    edge(byte...byte, from: source, to: target)
  }

  mutating func jump(from source: Int32, to target: Int32) {
    if source != target { states[Int(source)].jumps.append(target) }
  }

  mutating func call(_ rule: Int32, from source: Int32, to target: Int32) {
    states[Int(source)].calls.append(Automaton.Call(rule: rule, back: target))
  }

  mutating func markEnd(_ state: Int32) { states[Int(state)].isEnd = true }

  /// Reads the bytes in order and returns where that leads.
  mutating func text(
    _ bytes: some Sequence<UInt8>, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    var place = source
    for byte in bytes {
      let next = try state()
      edge(byte...byte, from: place, to: next)
      place = next
    }
    return place
  }

  /// Reads one of the texts, whose common beginnings are read once.
  mutating func texts(
    _ texts: [[UInt8]], from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    var places: [Int32: [UInt8: Int32]] = [:]
    for text in texts {
      var place = source
      for byte in text {
        if let known = places[place]?[byte] {
          place = known
          continue
        }
        let next = try state()
        edge(byte...byte, from: place, to: next)
        places[place, default: [:]][byte] = next
        place = next
      }
      jump(from: place, to: target)
    }
  }

  /// Reads one scalar of the set.
  mutating func scalar(
    _ set: ScalarSet, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let ascii = ScalarSet([0...0x7f])
    for range in set.intersection(ascii).ranges {
      edge(
        UInt8(truncatingIfNeeded: range.lowerBound)...UInt8(truncatingIfNeeded: range.upperBound),
        from: source, to: target)
    }
    let wide = set.subtracting(ascii)
    guard !wide.isEmpty else { return }
    if let known = scalarRules[wide] { return call(known, from: source, to: target) }
    let (rule, start, end) = try rule()
    for sequence in wide.byteSequences {
      var place = start
      for (index, bytes) in sequence.enumerated() {
        let next = index == sequence.count - 1 ? end : try state()
        edge(bytes, from: place, to: next)
        place = next
      }
    }
    scalarRules[wide] = rule
    call(rule, from: source, to: target)
  }
}
