extension AutomatonBuilder {
  /// Returns the automaton without the states from which no end can be reached: whatever is begun
  /// can be finished.
  ///
  /// - Parameter bytes: those that can be written at all, one by one.
  /// - Throws: `unsatisfiable` if nothing is left, `invalid` if a rule would call itself for ever.
  func finished(root: Int32, bytes: Set<UInt8>) throws(ConstraintError) -> Automaton {
    var states = states
    if bytes.count < 256 {
      for index in states.indices {
        states[index].edges = states[index].edges.flatMap { edge in
          edge.bytes.filter { bytes.contains($0) }
            .map { Automaton.Edge(bytes: $0...$0, target: edge.target) }
        }
      }
    }
    let isLive = liveStates(states)
    guard isLive[Int(start(of: root))] else {
      throw ConstraintError(.unsatisfiable, at: "/", "no text satisfies it")
    }
    for index in states.indices {
      states[index].edges.removeAll { !isLive[Int($0.target)] }
      states[index].jumps.removeAll { !isLive[Int($0)] }
      states[index].calls.removeAll {
        !isLive[Int($0.back)] || !isLive[Int(start(of: $0.rule))]
      }
    }
    try refuseEndlessCalls(states)
    return Automaton(states: states, rules: rules, root: root)
  }

  /// Whether an end of its rule can be reached from each state.
  private func liveStates(_ states: [Automaton.State]) -> [Bool] {
    var ways = [[Int32]](repeating: [], count: states.count)
    for (index, state) in states.enumerated() {
      let source = Int32(index)
      for edge in state.edges { ways[Int(edge.target)].append(source) }
      for jump in state.jumps { ways[Int(jump)].append(source) }
      for call in state.calls {
        ways[Int(call.back)].append(source)
        ways[Int(start(of: call.rule))].append(source)
      }
    }
    var isLive = states.map(\.isEnd)
    var pending = isLive.indices.filter { isLive[$0] }
    while let index = pending.popLast() {
      for source in ways[index] where !isLive[Int(source)] {
        let state = states[Int(source)]
        let goesOn =
          state.edges.contains { isLive[Int($0.target)] }
          || state.jumps.contains { isLive[Int($0)] }
          || state.calls.contains {
            isLive[Int($0.back)] && isLive[Int(start(of: $0.rule))]
          }
        guard goesOn else { continue }
        isLive[Int(source)] = true
        pending.append(Int(source))
      }
    }
    return isLive
  }

  /// Refuses rules that come back to themselves before they have read a byte.
  private func refuseEndlessCalls(_ states: [Automaton.State]) throws(ConstraintError) {
    let isEmptyEnd = statesEndingWithoutBytes(states)
    func ways(_ index: Int) -> [Int32] {
      let state = states[index]
      return state.jumps
        + state.calls.flatMap { call in
          let start = start(of: call.rule)
          return isEmptyEnd[Int(start)] ? [start, call.back] : [start]
        }
    }
    // A depth-first walk; a call into what is still open is a rule inside of itself. Loops of
    // jumps alone are harmless, and so is a return to where a rule that read nothing was called.
    let component = components(count: states.count, ways: ways)
    for (index, state) in states.enumerated() {
      for call in state.calls
      where component[index] == component[Int(start(of: call.rule))] {
        throw ConstraintError(
          .invalid, at: "/",
          "a $ref or anyOf leads back to itself with no object or array between")
      }
    }
  }

  private func statesEndingWithoutBytes(_ states: [Automaton.State]) -> [Bool] {
    var isEmpty = states.map(\.isEnd)
    var changed = true
    while changed {
      changed = false
      for (index, state) in states.enumerated().reversed() where !isEmpty[index] {
        let ends =
          state.jumps.contains { isEmpty[Int($0)] }
          || state.calls.contains { isEmpty[Int($0.back)] && isEmpty[Int(start(of: $0.rule))] }
        guard ends else { continue }
        isEmpty[index] = true
        changed = true
      }
    }
    return isEmpty
  }

  /// Numbers the strongly connected components, by Tarjan's walk without recursion.
  private func components(count: Int, ways: (Int) -> [Int32]) -> [Int] {
    var order = [Int](repeating: -1, count: count)
    var low = [Int](repeating: 0, count: count)
    var component = [Int](repeating: -1, count: count)
    var open: [Int] = []
    var next = 0
    var componentCount = 0
    for root in 0..<count where order[root] < 0 {
      var walk: [(node: Int, ways: [Int32], taken: Int)] = []
      func enter(_ node: Int) {
        order[node] = next
        low[node] = next
        next += 1
        open.append(node)
        walk.append((node, ways(node), 0))
      }
      enter(root)
      while let top = walk.last {
        if top.taken < top.ways.count {
          walk[walk.count - 1].taken += 1
          let target = Int(top.ways[top.taken])
          if order[target] < 0 {
            enter(target)
          } else if component[target] < 0 {
            low[top.node] = min(low[top.node], order[target])
          }
          continue
        }
        walk.removeLast()
        if let parent = walk.last { low[parent.node] = min(low[parent.node], low[top.node]) }
        guard low[top.node] == order[top.node] else { continue }
        while let member = open.popLast() {
          component[member] = componentCount
          if member == top.node { break }
        }
        componentCount += 1
      }
    }
    return component
  }
}
