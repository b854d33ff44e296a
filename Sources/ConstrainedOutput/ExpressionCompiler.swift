/// An expression's automaton over scalars, before it is written as bytes.
private struct ScalarAutomaton {
  enum Way {
    case scalar(ScalarSet)
    case free
    /// Only where nothing was read yet; only where nothing more is read.
    case atStart, atEnd
  }

  private(set) var ways: [[(way: Way, target: Int)]] = []
  private(set) var hasStart = false
  let limit: Int
  let place: String

  init(limit: Int, place: String) {
    self.limit = limit
    self.place = place
  }

  mutating func state() throws(ConstraintError) -> Int {
    guard ways.count < limit else {
      throw ConstraintError(
        .tooLarge, at: place, "the expression takes more than \(limit) states; repeat less")
    }
    ways.append([])
    return ways.count - 1
  }

  /// Adds an expression after a state and returns where it ends.
  mutating func add(_ expression: Expression, from source: Int) throws(ConstraintError) -> Int {
    switch expression {
    case .scalar(let set): return try add(way: .scalar(set), from: source)
    case .atStart:
      hasStart = true
      return try add(way: .atStart, from: source)
    case .atEnd: return try add(way: .atEnd, from: source)
    case .sequence(let parts):
      var place = source
      for part in parts { place = try add(part, from: place) }
      return place
    case .choice(let choices):
      let end = try state()
      for choice in choices { ways[try add(choice, from: source)].append((.free, end)) }
      return end
    case .repeated(let part, let least, let most):
      return try add(part, least: least, most: most, from: source)
    }
  }

  private mutating func add(way: Way, from source: Int) throws(ConstraintError) -> Int {
    let target = try state()
    ways[source].append((way, target))
    return target
  }

  private mutating func add(
    _ part: Expression, least: Int, most: Int?, from source: Int
  ) throws(ConstraintError) -> Int {
    var place = source
    for _ in 0..<least { place = try add(part, from: place) }
    guard let most else {
      // A state of its own, so that the way back leads to nothing that came before.
      let loop = try add(way: .free, from: place)
      ways[try add(part, from: loop)].append((.free, loop))
      return try add(way: .free, from: loop)
    }
    let end = try state()
    ways[place].append((.free, end))
    for _ in 0..<(most - least) {
      place = try add(part, from: place)
      ways[place].append((.free, end))
    }
    return end
  }
}

/// How a text is written: as it is, or between the quotes of a JSON string.
enum TextForm {
  case plain
  case json

  /// What may stand in a JSON string as it is.
  static let unescaped = ScalarSet([0x00...0x1f, 0x22...0x22, 0x5c...0x5c]).complement
}

extension AutomatonBuilder {
  /// Where in an expression a text is: its state, the characters read as far as they count, and
  /// whether any was read, or no more may be.
  private struct Progress: Hashable {
    var state: Int
    var count = 0
    var hasBegun = false
    var hasEnded = false
  }

  /// Reads a text that an expression matches as a whole.
  ///
  /// - Parameters:
  ///   - least: how many characters it has at least, and `most` at most.
  mutating func expression(
    _ expression: Expression, least: Int = 0, most: Int? = nil, form: TextForm,
    from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    var automaton = ScalarAutomaton(limit: limits.states, place: place)
    let start = try automaton.state()
    let end = try automaton.add(expression, from: start)
    let highest = most ?? least
    var places = [Progress(state: start): source]
    var pending = [Progress(state: start)]
    while let progress = pending.popLast(), let place = places[progress] {
      if progress.state == end, progress.count >= least { jump(from: place, to: target) }
      for (way, next) in automaton.ways[progress.state] {
        var reached = progress
        reached.state = next
        switch way {
        case .free: break
        case .atStart: guard !progress.hasBegun else { continue }
        case .atEnd: reached.hasEnded = true
        case .scalar:
          guard !progress.hasEnded, most == nil || progress.count < highest else { continue }
          reached.count = min(progress.count + 1, highest)
          reached.hasBegun = automaton.hasStart
        }
        let goal: Int32
        if let known = places[reached] {
          goal = known
        } else {
          goal = try state()
          places[reached] = goal
          pending.append(reached)
        }
        if case .scalar(let set) = way {
          try scalar(set, form, from: place, to: goal)
        } else {
          jump(from: place, to: goal)
        }
      }
    }
  }

  private mutating func scalar(
    _ set: ScalarSet, _ form: TextForm, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    guard form == .json else { return try scalar(set, from: source, to: target) }
    try scalar(set.intersection(TextForm.unescaped), from: source, to: target)
    var escaped: [[UInt8]] = []
    for range in set.subtracting(TextForm.unescaped).ranges {
      for value in range { escaped.append(jsonEscape(value)) }
    }
    try texts(escaped, from: source, to: target)
  }

  private func jsonEscape(_ value: UInt32) -> [UInt8] {
    let short: [UInt32: Unicode.Scalar] = [
      0x22: "\"", 0x5c: "\\", 0x08: "b", 0x09: "t", 0x0a: "n", 0x0c: "f", 0x0d: "r",
    ]
    if let letter = short[value] { return [UInt8(ascii: "\\"), UInt8(ascii: letter)] }
    let digits = String(value, radix: 16)
    return Array(("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
  }

  /// Reads a text that one of our own expressions matches as a whole.
  mutating func pattern(
    _ source: String, form: TextForm = .plain, from start: Int32, to end: Int32
  ) throws(ConstraintError) {
    var parser = try ExpressionParser(source, at: place, limits: limits)
    try expression(try parser.expression(), form: form, from: start, to: end)
  }
}
