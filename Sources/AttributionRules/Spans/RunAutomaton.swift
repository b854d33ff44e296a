/// All runs of an answer's bytes at once, through which texts are read byte by byte: a suffix
/// automaton (Blumer et al., 1985).
///
/// Who checks spans reads every text once, so there is no index to keep; and as nothing depends on
/// what the texts say, nobody's text can make it slow.
struct RunAutomaton {
  private struct State {
    /// Bytes of the longest run that ends in this state.
    var length: Int
    /// The state of its longest end that is in another state; -1 for the root.
    var link: Int
    /// -1 for none.
    var firstEdge = -1
  }

  private struct Edge {
    let byte: UInt8
    var target: Int
    let next: Int
  }

  private var states = [State(length: 0, link: -1)]
  private var edges: [Edge] = []
  /// The edges of the root, which is in a text's way most often; -1 for none.
  private var rootTargets = [Int](repeating: -1, count: 256)
  /// The states of the answer's beginnings, from one byte to all.
  private var beginnings: [Int] = []
  /// For each state, the longest of its runs that some text was found to have.
  private var found: [Int] = [0]

  /// - Complexity: O(n) states and edges; O(n) time for the bytes that text has.
  init(of answer: [UInt8]) {
    var last = 0
    for byte in answer {
      last = extend(last, by: byte)
      beginnings.append(last)
    }
    found = [Int](repeating: 0, count: states.count)
  }

  /// Finds the runs that a text has.
  /// - Returns: the length of the longest.
  mutating func read(_ text: [UInt8]) -> Int {
    var (state, length, longest) = (0, 0, 0)
    for byte in text {
      var next = target(of: state, byte)
      while next < 0, state != 0 {
        state = states[state].link
        length = states[state].length
        next = target(of: state, byte)
      }
      guard next >= 0 else { continue }
      state = next
      length += 1
      if length > found[state] { found[state] = length }
      if length > longest { longest = length }
    }
    return longest
  }

  /// The runs that texts have and that lie in no other, by position.
  func maximalRuns() -> [Range<Int>] {
    // Every end of a run that was found is found too; the longest of each state is what counts.
    var longest = found
    let byLength = states.indices.sorted { states[$0].length < states[$1].length }
    for state in byLength.reversed() where longest[state] > 0 && state != 0 {
      longest[states[state].link] = states[states[state].link].length
    }
    for state in byLength where longest[state] == 0 && state != 0 {
      longest[state] = longest[states[state].link]
    }
    let lengths = beginnings.map { longest[$0] }
    return lengths.indices.compactMap { last in
      let goesOn = last + 1 < lengths.count && lengths[last + 1] > lengths[last]
      guard lengths[last] > 0, !goesOn else { return nil }
      return last + 1 - lengths[last]..<last + 1
    }
  }

  // MARK: Building

  private mutating func extend(_ last: Int, by byte: UInt8) -> Int {
    let new = add(State(length: states[last].length + 1, link: 0))
    var state = last
    while state >= 0, target(of: state, byte) < 0 {
      addEdge(from: state, byte, to: new)
      state = states[state].link
    }
    guard state >= 0 else { return new }
    let next = target(of: state, byte)
    guard states[next].length != states[state].length + 1 else {
      states[new].link = next
      return new
    }
    let shorter = add(State(length: states[state].length + 1, link: states[next].link))
    copyEdges(from: next, to: shorter)
    while state >= 0, target(of: state, byte) == next {
      redirect(from: state, byte, to: shorter)
      state = states[state].link
    }
    states[next].link = shorter
    states[new].link = shorter
    return new
  }

  private mutating func add(_ state: State) -> Int {
    states.append(state)
    return states.count - 1
  }

  private mutating func addEdge(from state: Int, _ byte: UInt8, to target: Int) {
    guard state != 0 else {
      rootTargets[Int(byte)] = target
      return
    }
    edges.append(Edge(byte: byte, target: target, next: states[state].firstEdge))
    states[state].firstEdge = edges.count - 1
  }

  /// The root is never copied: no run is shorter.
  private mutating func copyEdges(from state: Int, to copy: Int) {
    var edge = states[state].firstEdge
    while edge >= 0 {
      addEdge(from: copy, edges[edge].byte, to: edges[edge].target)
      edge = edges[edge].next
    }
  }

  private mutating func redirect(from state: Int, _ byte: UInt8, to target: Int) {
    guard state != 0 else {
      rootTargets[Int(byte)] = target
      return
    }
    edges[edge(of: state, byte)].target = target
  }

  private func target(of state: Int, _ byte: UInt8) -> Int {
    guard state != 0 else { return rootTargets[Int(byte)] }
    let edge = edge(of: state, byte)
    return edge < 0 ? -1 : edges[edge].target
  }

  private func edge(of state: Int, _ byte: UInt8) -> Int {
    var edge = states[state].firstEdge
    while edge >= 0, edges[edge].byte != byte { edge = edges[edge].next }
    return edge
  }
}
