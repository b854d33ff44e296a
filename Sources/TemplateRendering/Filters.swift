/// The filters that may follow `|`.
enum Filter: String, CaseIterable, Sendable {
  case abs, attr, capitalize, dictsort, escape, first, float, format, indent, int, items, join
  case last, length, list, lower, map, max, min, reject, rejectattr, replace, reverse, round, safe
  case select, selectattr, sort, string, sum, title, tojson, trim, unique, upper
  case standard = "default"

  init?(word: String) {
    let names = ["d": "default", "e": "escape", "count": "length"]
    self.init(rawValue: names[word] ?? word)
  }
}

extension Renderer {
  mutating func apply(
    _ filter: Filter, to value: Value, _ list: ArgumentList
  ) throws(TemplateError) -> Value {
    try apply(filter, to: value, try values(of: list))
  }

  func bind(
    _ arguments: Arguments, _ names: [String], of filter: Filter
  ) throws(TemplateError) -> [Value?] {
    try bind(arguments, names, of: "the filter \(filter.rawValue)")
  }

  mutating func apply(
    _ filter: Filter, to value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch filter {
    case .standard:
      let bound = try bind(arguments, ["default_value", "boolean"], of: filter)
      let isMissing: Bool =
        if case .undefined = value { true } else { bound[1]?.isTrue == true && !value.isTrue }
      return isMissing ? bound[0] ?? .text("") : value
    case .capitalize, .escape, .format, .indent, .join, .lower, .replace, .safe, .string, .title,
      .tojson, .trim, .upper:
      return .text(try text(filter, value, arguments))
    case .map, .select, .reject, .selectattr, .rejectattr:
      return try list(try chosen(filter, from: value, arguments))
    case .dictsort, .list, .reverse, .sort, .unique, .items:
      return try ordered(filter, value, arguments)
    case .abs, .float, .int, .round: return try number(filter, value, arguments)
    case .attr:
      let name = try bind(arguments, ["name"], of: filter)[0]
      return try member(try text(argument: name, "the filter attr's name").string, of: value)
    case .length:
      _ = try bind(arguments, [], of: filter)
      return .integer(try length(of: value))
    case .first, .last:
      _ = try bind(arguments, [], of: filter)
      let elements = try elements(of: value)
      return (filter == .first ? elements.first : elements.last)
        ?? .undefined("the \(filter.rawValue) of nothing")
    case .max, .min, .sum: return try gathered(filter, value, arguments)
    }
  }

  private mutating func length(of value: Value) throws(TemplateError) -> Int {
    switch value {
    case .undefined: return 0
    case .text(let text):
      try charge(bytes: text.count)
      return text.scalarCount
    case .list(let list): return list.elements.count
    case .map(let map): return map.members.count
    default: throw error(.wrongType, "\(value.kindName) has no length")
    }
  }

  private mutating func gathered(
    _ filter: Filter, _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    let names = filter == .sum ? ["attribute", "start"] : ["case_sensitive", "attribute"]
    let bound = try bind(arguments, names, of: filter)
    var elements = try elements(of: value)
    elements = try parts(bound[filter == .sum ? 0 : 1], of: elements)
    if filter == .sum {
      var sum = bound[1] ?? .integer(0)
      for element in elements { sum = try compute(.plus, sum, element, line: line) }
      return sum
    }
    let ignoresCase = bound[0]?.isTrue != true
    guard var best = elements.first else { return .undefined("the \(filter.rawValue) of nothing") }
    for element in elements.dropFirst() {
      let (left, right) = filter == .max ? (best, element) : (element, best)
      if try isLess(key(left, ignoresCase), key(right, ignoresCase)) { best = element }
    }
    return best
  }

  // MARK: - Numbers

  private mutating func number(
    _ filter: Filter, _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch filter {
    case .int:
      let standard = try bind(arguments, ["default"], of: filter)[0] ?? .integer(0)
      return integer(value).map { .integer($0) } ?? standard
    case .float:
      let standard = try bind(arguments, ["default"], of: filter)[0] ?? .decimal("0.0")
      if case .decimal = value { return value }
      return integer(value).map { .decimal("\($0).0") } ?? standard
    case .round:
      _ = try bind(arguments, [], of: filter)
      return .integer(try wholeNumber(value, "what is rounded here"))
    default:
      _ = try bind(arguments, [], of: filter)
      let number = try wholeNumber(value, "the filter abs's value")
      guard number != .min else { throw error(.wrongType, "the number is too large") }
      return .integer(Swift.abs(number))
    }
  }

  /// The whole part of a number or of text that is one.
  private func integer(_ value: Value) -> Int? {
    switch value {
    case .bool, .integer: return value.wholeNumber
    case .decimal(let text): return Int(text.prefix { $0 != "." })
    case .text(let text):
      let digits = text.trimmed { $0.isPythonSpace }.string
      let whole = digits.split(separator: ".", omittingEmptySubsequences: false)
      guard whole.count <= 2, whole.dropFirst().allSatisfy({ $0.utf8.allSatisfy(isDigit) }) else {
        return nil
      }
      return whole.first.flatMap { Int($0) }
    default: return nil
    }
  }

  // MARK: - Lists

  /// A member of each element, by a path such as `function.name`; the elements without one.
  mutating func parts(
    _ path: Value?, of elements: [Value]
  ) throws(TemplateError) -> [Value] {
    var parts: [Value] = []
    for element in elements { parts.append(try part(path, of: element)) }
    return parts
  }

  private mutating func part(_ path: Value?, of value: Value) throws(TemplateError) -> Value {
    guard let path else { return value }
    guard case .text(let text) = path else { return try element(path, of: value) }
    var value = value
    for name in text.string.split(separator: ".", omittingEmptySubsequences: false) {
      try charge(1)
      let isPlace = !name.isEmpty && name.utf8.allSatisfy(isDigit)
      value = try element(
        isPlace ? Int(name).map { .integer($0) } ?? .none : .text(String(name)), of: value)
    }
    return value
  }

  private mutating func chosen(
    _ filter: Filter, from value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> [Value] {
    // Whatever is false holds nothing to choose from, even none.
    let elements = value.isTrue ? try elements(of: value) : []
    var arguments = arguments
    if filter == .map { return try mapped(elements, arguments) }
    var path: Value?
    if filter == .selectattr || filter == .rejectattr {
      guard !arguments.positional.isEmpty else {
        throw error(.badArgument, "the filter \(filter.rawValue) takes a member's name")
      }
      path = arguments.positional.removeFirst()
    }
    var test: Test?
    if !arguments.positional.isEmpty {
      let word = try text(argument: arguments.positional.removeFirst(), "a test's name").string
      test = Test(word: word)
      guard test != nil else { throw error(.unsupported, "no test is named \(word)") }
    }
    let wanted = filter == .select || filter == .selectattr
    var kept: [Value] = []
    for element in elements {
      try charge(1)
      let value = try part(path, of: element)
      let holds = if let test { try holds(test, for: value, arguments) } else { value.isTrue }
      if holds == wanted { kept.append(element) }
    }
    return kept
  }

  private mutating func mapped(
    _ elements: [Value], _ arguments: Arguments
  ) throws(TemplateError) -> [Value] {
    guard !arguments.positional.isEmpty else {
      let bound = try bind(arguments, ["attribute", "default"], of: .map)
      guard let path = bound[0] else {
        throw error(.badArgument, "the filter map takes a filter's name or an attribute")
      }
      return try parts(path, of: elements).map { value in
        if case .undefined = value { bound[1] ?? value } else { value }
      }
    }
    var arguments = arguments
    let word = try text(argument: arguments.positional.removeFirst(), "a filter's name").string
    guard let filter = Filter(word: word) else {
      throw error(.unsupported, "no filter is named \(word)")
    }
    // Each of these could hold another: then one name could cost as much as the whole template.
    guard filter != .map else { throw error(.unsupported, "map can't be mapped") }
    var results: [Value] = []
    for element in elements { results.append(try apply(filter, to: element, arguments)) }
    return results
  }

  private mutating func ordered(
    _ filter: Filter, _ value: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch filter {
    case .items:
      _ = try bind(arguments, [], of: filter)
      if case .undefined = value { return try list([]) }
      guard case .map(let map) = value else {
        throw error(.wrongType, "\(value.kindName) has no items; only dictionaries do")
      }
      return try list(pairs(of: map))
    case .reverse:
      _ = try bind(arguments, [], of: filter)
      let reversed = try elements(of: value).reversed()
      guard case .text = value else { return try list(Array(reversed)) }
      return .text(
        reversed.reduce(into: MarkedText()) { sum, value in
          if case .text(let scalar) = value { sum.append(scalar) }
        })
    case .list:
      _ = try bind(arguments, [], of: filter)
      return try list(try elements(of: value))
    case .unique:
      let bound = try bind(arguments, ["case_sensitive", "attribute"], of: filter)
      return try unique(value, ignoresCase: bound[0]?.isTrue != true, bound[1])
    case .sort:
      let bound = try bind(arguments, ["reverse", "case_sensitive", "attribute"], of: filter)
      let elements = try elements(of: value)
      let keys = try parts(bound[2], of: elements)
      return try list(
        try sorted(
          elements, by: keys, ignoresCase: bound[1]?.isTrue != true,
          isReversed: bound[0]?.isTrue == true))
    default:
      let bound = try bind(arguments, ["case_sensitive", "by", "reverse"], of: filter)
      guard case .map(let map) = value else {
        throw error(.wrongType, "only dictionaries can be sorted so, not \(value.kindName)")
      }
      let by = try text(of: bound[1] ?? .text("key")).string
      return try list(
        try sorted(
          pairs(of: map),
          by: map.members.map { by == "value" ? $0.value : $0.key.value },
          ignoresCase: bound[0]?.isTrue != true, isReversed: bound[2]?.isTrue == true))
    }
  }

  func pairs(of map: Map) -> [Value] {
    map.members.map { .list(List([$0.key.value, $0.value], isTuple: true)) }
  }

  private func key(_ value: Value, _ ignoresCase: Bool) -> Value {
    guard ignoresCase, case .text(let text) = value else { return value }
    return .text(text.replaced(by: text.string.lowercased()))
  }

  private mutating func unique(
    _ value: Value, ignoresCase: Bool, _ path: Value?
  ) throws(TemplateError) -> Value {
    var keys: [Value] = []
    var kept: [Value] = []
    for element in try elements(of: value) {
      let key = key(try part(path, of: element), ignoresCase)
      var isKnown = false
      for known in keys where !isKnown { isKnown = try areEqual(known, key) }
      if !isKnown {
        keys.append(key)
        kept.append(element)
      }
    }
    return try list(kept)
  }

  /// Sorts stably by merging, as Python does, so that a comparison may throw.
  private mutating func sorted(
    _ elements: [Value], by keys: [Value], ignoresCase: Bool, isReversed: Bool
  ) throws(TemplateError) -> [Value] {
    let keys = keys.map { key($0, ignoresCase) }
    var order = Array(elements.indices)
    var width = 1
    while width < order.count {
      var merged: [Int] = []
      for start in stride(from: 0, to: order.count, by: 2 * width) {
        var left = order[start..<min(start + width, order.count)]
        var right = order[min(start + width, order.count)..<min(start + 2 * width, order.count)]
        while let first = left.first, let second = right.first {
          let takesRight =
            try isReversed
            ? isLess(keys[first], keys[second]) : isLess(keys[second], keys[first])
          merged.append(takesRight ? right.removeFirst() : left.removeFirst())
        }
        merged += Array(left) + Array(right)
      }
      order = merged
      width *= 2
    }
    return order.map { elements[$0] }
  }
}

func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
