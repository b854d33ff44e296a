extension Renderer {
  mutating func evaluate(_ expression: Expression) throws(TemplateError) -> Value {
    line = expression.line
    try charge(1)
    switch expression.kind {
    case .literal(let value): return value
    case .name(let name): return variable(name) ?? .undefined(name)
    case .list(let elements, let isTuple):
      return try list(try values(of: elements), isTuple: isTuple)
    case .map(let members): return try map(members)
    case .member(let object, let name):
      let object = try evaluate(object)
      line = expression.line
      return try member(name, of: object)
    case .element(let object, let index):
      let object = try evaluate(object)
      return try element(try evaluate(index), of: object)
    case .slice(let object, let start, let end, let step):
      let object = try evaluate(object)
      let bounds = [try bound(start), try bound(end), try bound(step)]
      return try slice(object, bounds)
    case .call(let callee, let arguments): return try call(callee, arguments)
    case .filter(let value, let filter, let arguments):
      return try apply(filter, to: try evaluate(value), arguments)
    case .test(let value, let test, let arguments, let isNegated):
      let value = try evaluate(value)
      return .bool(try holds(test, for: value, try values(of: arguments)) != isNegated)
    case .not(let value): return .bool(!(try evaluate(value).isTrue))
    case .negated(let value): return try negated(try evaluate(value))
    case .arithmetic(let operation, let left, let right):
      let left = try evaluate(left)
      return try compute(operation, left, try evaluate(right), line: expression.line)
    case .joined(let parts):
      var texts: [MarkedText] = []
      for part in parts { texts.append(try text(of: try evaluate(part))) }
      return .text(try joined(texts))
    case .comparison(let first, let rest): return try compare(first, rest)
    case .and(let left, let right):
      let left = try evaluate(left)
      return left.isTrue ? try evaluate(right) : left
    case .or(let left, let right):
      let left = try evaluate(left)
      return left.isTrue ? left : try evaluate(right)
    case .unsupported(let what): throw error(.unsupported, what)
    case .choice(let value, let condition, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(value) }
      guard let otherwise else { return .undefined("a choice without else") }
      return try evaluate(otherwise)
    }
  }

  mutating func values(of expressions: [Expression]) throws(TemplateError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  mutating func values(of list: ArgumentList) throws(TemplateError) -> Arguments {
    var arguments = Arguments(positional: try values(of: list.positional))
    for argument in list.named {
      arguments.named.append((argument.name, try evaluate(argument.value)))
    }
    return arguments
  }

  private mutating func map(
    _ members: [(key: Expression, value: Expression)]
  ) throws(TemplateError) -> Value {
    var map = Map()
    for member in members {
      let key = try evaluate(member.key)
      guard let key = MapKey(key) else {
        throw error(
          .unsupported, "a dictionary's keys are text and whole numbers, not \(key.kindName)")
      }
      try charge(bytes: key.text.count)
      map.set(key, to: try evaluate(member.value))
    }
    return try checked(.map(map))
  }

  private mutating func bound(_ expression: Expression?) throws(TemplateError) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if case .none = value { return nil }
    return try wholeNumber(value, "a slice's bound")
  }

  func wholeNumber(_ value: Value, _ what: String) throws(TemplateError) -> Int {
    guard let number = value.wholeNumber else {
      throw error(.wrongType, "\(what) is a whole number, not \(value.kindName)")
    }
    return number
  }

  // MARK: - Members

  /// `object.name`: a method before a member, as Python looks them up.
  func member(_ name: String, of object: Value) throws(TemplateError) -> Value {
    if Methods.exists(name, on: object) { return .method(object, name) }
    return try storedMember(Array(name.utf8), of: object) ?? .undefined(name)
  }

  /// `object[index]`: a member before a method.
  mutating func element(_ index: Value, of object: Value) throws(TemplateError) -> Value {
    switch (object, index) {
    case (.text(let text), .integer(let index)):
      try charge(bytes: text.count)
      let scalars = text.scalars
      return place(index, scalars.count).map { .text(scalars[$0]) }
        ?? .undefined("element \(index)")
    case (.list(let list), .integer(let index)):
      return place(index, list.elements.count).map { list.elements[$0] }
        ?? .undefined("element \(index)")
    case (_, .text(let name)):
      if let value = try storedMember(name.bytes, of: object) { return value }
      return Methods.exists(name.string, on: object)
        ? .method(object, name.string) : .undefined(name.string)
    case (.map(let map), _): return MapKey(index).flatMap { map[$0] } ?? .undefined("an element")
    case (.undefined(let name), _):
      throw error(.undefinedValue, "\(name) was not given, so it has no elements")
    default: return .undefined("an element")
    }
  }

  private func place(_ index: Int, _ count: Int) -> Int? {
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  private func storedMember(
    _ name: [UInt8], of object: Value
  ) throws(TemplateError) -> Value? {
    switch object {
    case .map(let map): return map[name]
    case .namespace(let index): return namespaces[index][name]
    case .loop(let index): return loopMember(String(decoding: name, as: UTF8.self), loops[index])
    case .undefined(let parent):
      let name = String(decoding: name, as: UTF8.self)
      throw error(.undefinedValue, "\(parent) was not given, so it has no member \(name)")
    default: return nil
    }
  }

  private func loopMember(_ name: String, _ loop: LoopRecord) -> Value? {
    let (index, count) = (loop.index, loop.items.count)
    switch name {
    case "index": return .integer(index + 1)
    case "index0": return .integer(index)
    case "revindex": return .integer(count - index)
    case "revindex0": return .integer(count - index - 1)
    case "first": return .bool(index == 0)
    case "last": return .bool(index == count - 1)
    case "length": return .integer(count)
    // Only recursive loops are deeper.
    case "depth": return .integer(1)
    case "depth0": return .integer(0)
    case "previtem": return index > 0 && index <= count ? loop.items[index - 1] : nil
    case "nextitem": return index + 1 < count ? loop.items[index + 1] : nil
    default: return nil
    }
  }

  private mutating func slice(
    _ object: Value, _ bounds: [Int?]
  ) throws(TemplateError) -> Value {
    let step = bounds[2] ?? 1
    guard step != 0 else { throw error(.badArgument, "a slice's step is not 0") }
    switch object {
    case .list(let list):
      let places = slicePlaces(list.elements.count, bounds, step)
      return try self.list(places.map { list.elements[$0] }, isTuple: list.isTuple)
    case .text(let text):
      try charge(bytes: text.count)
      let ends = text.scalarBounds
      let places = slicePlaces(ends.count - 1, bounds, step)
      guard step != 1 else {
        guard let first = places.first, let last = places.last else { return .text("") }
        return .text(text[ends[first]..<ends[last + 1]])
      }
      return .text(places.reduce(MarkedText()) { $0 + text[ends[$1]..<ends[$1 + 1]] })
    default: throw error(.wrongType, "\(object.kindName) can't be sliced")
    }
  }

  /// The places that Python's slice of a sequence takes.
  private func slicePlaces(_ count: Int, _ bounds: [Int?], _ step: Int) -> [Int] {
    func clamped(_ bound: Int, _ range: ClosedRange<Int>) -> Int {
      min(
        max(bound < 0 ? max(bound, -count - 1) + count : bound, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let start = clamped(bounds[0] ?? 0, 0...count)
      let end = clamped(bounds[1] ?? count, 0...count)
      return Array(stride(from: start, to: end, by: min(step, count + 1)))
    }
    let start = bounds[0].map { clamped($0, -1...(count - 1)) } ?? count - 1
    let end = bounds[1].map { clamped($0, -1...(count - 1)) } ?? -1
    return Array(stride(from: start, to: end, by: max(step, -count - 1)))
  }

  // MARK: - Operators

  private func negated(_ value: Value) throws(TemplateError) -> Value {
    if case .decimal(let text) = value {
      return .decimal(text.hasPrefix("-") ? String(text.dropFirst()) : "-" + text)
    }
    let number = try wholeNumber(value, "what is negated")
    guard number != .min else { throw error(.wrongType, "the number is too large") }
    return .integer(-number)
  }

  mutating func compute(
    _ operation: Arithmetic, _ left: Value, _ right: Value, line: Int
  ) throws(TemplateError) -> Value {
    self.line = line
    switch (operation, left, right) {
    case (.plus, .text(let left), .text(let right)):
      return .text(try added(left, right))
    case (.plus, .list(let left), .list(let right)):
      return try list(left.elements + right.elements, isTuple: left.isTuple)
    case (.times, .text(let text), .integer(let count)),
      (.times, .integer(let count), .text(let text)):
      return .text(try repeated(text, count))
    case (.times, .list(let list), .integer(let count)):
      let count = max(count, 0)
      let (size, overflow) = list.elements.count.multipliedReportingOverflow(by: count)
      try charge(overflow ? .max : size)
      return try self.list(Array(repeatElement(list.elements, count: count).joined()))
    case (.modulo, .text(let form), _): return .text(try formatted(form, right))
    default: break
    }
    guard let left = left.wholeNumber, let right = right.wholeNumber else {
      throw error(
        .wrongType, "\(left.kindName) \(operation.rawValue) \(right.kindName) has no value")
    }
    return .integer(try compute(operation, left, right))
  }

  mutating func repeated(_ text: MarkedText, _ count: Int) throws(TemplateError) -> MarkedText {
    let (size, overflow) = text.count.multipliedReportingOverflow(by: max(count, 0))
    try charge(overflow ? .max : size / Renderer.bytesPerStep)
    try charge(max(count, 0))
    var result = MarkedText()
    for _ in 0..<(text.isEmpty ? 0 : max(count, 0)) { result.append(text) }
    return result
  }

  private func compute(
    _ operation: Arithmetic, _ left: Int, _ right: Int
  ) throws(TemplateError) -> Int {
    var result: (Int, overflow: Bool)
    switch operation {
    case .plus: result = left.addingReportingOverflow(right)
    case .minus: result = left.subtractingReportingOverflow(right)
    case .times: result = left.multipliedReportingOverflow(by: right)
    case .floor, .modulo:
      let (quotient, overflow) = left.dividedReportingOverflow(by: right)
      guard !overflow else { throw error(.wrongType, "this division has no value") }
      let rest = left - quotient * right
      let isBelow = rest != 0 && (rest < 0) != (right < 0)
      result =
        operation == .floor
        ? (quotient - (isBelow ? 1 : 0), false) : (rest + (isBelow ? right : 0), false)
    case .power:
      guard right >= 0 else {
        throw error(.unsupported, "a negative power is a fraction, which is not supported")
      }
      // Beyond 64, all that fits is 0, 1 and −1, by the exponent's parity.
      result = (1, false)
      for _ in 0..<(right > 64 ? 64 + right % 2 : right) where !result.overflow {
        result = result.0.multipliedReportingOverflow(by: left)
      }
    case .over:
      throw error(.unsupported, "/ makes fractions, which are not supported; use //")
    }
    guard !result.overflow else { throw error(.wrongType, "the number is too large") }
    return result.0
  }

  private mutating func compare(
    _ first: Expression, _ rest: [(Comparison, Expression)]
  ) throws(TemplateError) -> Value {
    var left = try evaluate(first)
    for (comparison, expression) in rest {
      let right = try evaluate(expression)
      guard try holds(comparison, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }
}
