/// Follows an automaton, and keeps what it has found out: the states it has been in, and where each
/// byte leads from them.
///
/// A state is every place the text so far may have led to, each with the calls that are open there.
/// Open calls are shared lists, numbered, so that equal states are found again.
struct ConstraintMachine: Sendable {
  /// A place in the automaton and the open calls there.
  struct Place: Hashable {
    let state: Int32
    let calls: Int32
  }

  private struct OpenCall: Hashable {
    let back: Int32
    let below: Int32
  }

  static let dead: Int32 = -1
  private static let unknown: Int32 = -2
  private static let noCalls: Int32 = -1
  /// Beyond these, some ways to read a text are forgotten; each that is kept can be finished.
  private static let placesAtOnce = 512

  private let automaton: Automaton
  private let classOfByte: [UInt8]
  private let classCount: Int
  private var openCalls: [OpenCall] = []
  private var numberOfCall: [OpenCall: Int32] = [:]
  private var states: [[Place]] = []
  private var numberOfState: [[Place]: Int32] = [:]
  private var isEnd: [Bool] = []
  private var table: [Int32] = []

  init(_ constraint: Constraint) {
    automaton = constraint.automaton
    classOfByte = constraint.classes.classOfByte
    classCount = constraint.classes.count
    reset()
  }

  /// Forgets all and begins anew: the first state is always 0.
  private mutating func reset() {
    openCalls = []
    numberOfCall = [:]
    states = []
    numberOfState = [:]
    isEnd = []
    table = []
    let root = automaton.rules[Int(automaton.root)]
    _ = state([Place(state: root, calls: Self.noCalls)])
  }

  var stateCount: Int { states.count }
  func isEnd(_ state: Int32) -> Bool { isEnd[Int(state)] }
  func canContinue(_ state: Int32) -> Bool { !states[Int(state)].isEmpty }

  /// Where a byte leads, or ``dead``.
  mutating func step(_ state: Int32, _ byte: UInt8) -> Int32 {
    let index = Int(state) * classCount + Int(classOfByte[Int(byte)])
    let known = table[index]
    if known != Self.unknown { return known }
    var reached: [Place] = []
    for place in states[Int(state)] {
      for edge in automaton.states[Int(place.state)].edges
      where edge.bytes.contains(byte) {
        reached.append(Place(state: edge.target, calls: place.calls))
      }
    }
    let next = reached.isEmpty ? Self.dead : self.state(reached)
    table[index] = next
    return next
  }

  /// Forgets all but one state, and returns its number now.
  mutating func forgetAll(but state: Int32) -> Int32 {
    let kept = places(of: state)
    let wasEnd = isEnd(state)
    reset()
    let places = kept.map { state, calls in
      Place(state: state, calls: calls.reversed().reduce(Self.noCalls) { opened($1, $0) })
    }
    return number(places.sorted(by: Self.order), isEnd: wasEnd)
  }

  /// The places a state stands for, each with where its open calls return to, the innermost first.
  func places(of state: Int32) -> [(state: Int32, calls: [Int32])] {
    states[Int(state)].map { place in
      var calls: [Int32] = []
      var next = place.calls
      while next != Self.noCalls {
        calls.append(openCalls[Int(next)].back)
        next = openCalls[Int(next)].below
      }
      return (place.state, calls)
    }
  }

  private mutating func opened(_ back: Int32, _ below: Int32) -> Int32 {
    // What would only return again need not be returned to.
    if automaton.states[Int(back)].onlyReturns { return below }
    let call = OpenCall(back: back, below: below)
    if let known = numberOfCall[call] { return known }
    openCalls.append(call)
    numberOfCall[call] = Int32(openCalls.count - 1)
    return Int32(openCalls.count - 1)
  }

  private static func order(_ lhs: Place, _ rhs: Place) -> Bool {
    (lhs.state, lhs.calls) < (rhs.state, rhs.calls)
  }

  /// The state of some places and all that can be reached from them without a byte.
  private mutating func state(_ places: [Place]) -> Int32 {
    var seen = Set(places)
    var pending = places
    var readers: [Place] = []
    var isEnd = false
    func add(_ place: Place, _ seen: inout Set<Place>, _ pending: inout [Place]) {
      if seen.insert(place).inserted { pending.append(place) }
    }
    while let place = pending.popLast() {
      let state = automaton.states[Int(place.state)]
      if !state.edges.isEmpty { readers.append(place) }
      for target in state.jumps {
        add(Place(state: target, calls: place.calls), &seen, &pending)
      }
      for call in state.calls {
        let start = automaton.rules[Int(call.rule)]
        add(Place(state: start, calls: opened(call.back, place.calls)), &seen, &pending)
      }
      guard state.isEnd else { continue }
      if place.calls == Self.noCalls {
        isEnd = true
      } else {
        let call = openCalls[Int(place.calls)]
        add(Place(state: call.back, calls: call.below), &seen, &pending)
      }
    }
    readers.sort(by: Self.order)
    return number(Array(readers.prefix(Self.placesAtOnce)), isEnd: isEnd)
  }

  private mutating func number(_ places: [Place], isEnd: Bool) -> Int32 {
    // Whether the text may end is part of what a state is.
    let key = isEnd ? places + [Place(state: -1, calls: -1)] : places
    if let known = numberOfState[key] { return known }
    states.append(places)
    self.isEnd.append(isEnd)
    table += [Int32](repeating: Self.unknown, count: classCount)
    numberOfState[key] = Int32(states.count - 1)
    return Int32(states.count - 1)
  }
}
