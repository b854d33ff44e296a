extension Constraint {
  /// What a text is made of, one after another.
  public enum Part: Sendable {
    case text(String)
    case constraint(Constraint)
  }

  /// One of several texts, each put together of parts.
  ///
  /// - Parameters:
  ///   - alternatives: at least one, none of them empty.
  ///   - separator: if there is one, a text may be followed by it and another.
  /// - Throws: ``ConstraintError`` with `tooLarge`.
  /// - Complexity: O(n) in the states of all parts.
  public init(
    oneOf alternatives: [[Part]], separatedBy separator: String? = nil,
    limits: ConstraintLimits = ConstraintLimits()
  ) throws(ConstraintError) {
    var states: [Automaton.State] = [.init(), .init()]
    var rules: [Int32] = [0]
    let (start, end) = (Int32(0), Int32(1))

    func added(_ bytes: some Sequence<UInt8>, from source: Int32) -> Int32 {
      var place = source
      for byte in bytes {
        states.append(.init())
        let next = Int32(states.count - 1)
        states[Int(place)].edges.append(.init(bytes: byte...byte, target: next))
        place = next
      }
      return place
    }
    func added(_ automaton: Automaton, from source: Int32) -> Int32 {
      let (firstState, firstRule) = (Int32(states.count), Int32(rules.count))
      states += automaton.states.map { $0.moved(states: firstState, rules: firstRule) }
      rules += automaton.rules.map { $0 + firstState }
      states.append(.init())
      let next = Int32(states.count - 1)
      states[Int(source)].calls.append(.init(rule: automaton.root + firstRule, back: next))
      return next
    }

    for parts in alternatives {
      var place = start
      for part in parts {
        switch part {
        case .text(let text): place = added(text.utf8, from: place)
        case .constraint(let constraint): place = added(constraint.automaton, from: place)
        }
      }
      states[Int(place)].jumps.append(end)
    }
    if let separator {
      let again = added(separator.utf8, from: end)
      states[Int(again)].jumps.append(start)
    }
    states[Int(end)].isEnd = true
    guard states.count <= limits.states else {
      throw ConstraintError(
        .tooLarge, at: "#", "together it takes more than \(limits.states) states; ask for less")
    }
    self.init(Automaton(states: states, rules: rules, root: 0))
  }
}

extension Automaton.State {
  fileprivate func moved(states: Int32, rules: Int32) -> Automaton.State {
    var moved = self
    moved.edges = edges.map { .init(bytes: $0.bytes, target: $0.target + states) }
    moved.jumps = jumps.map { $0 + states }
    moved.calls = calls.map { .init(rule: $0.rule + rules, back: $0.back + states) }
    return moved
  }
}
