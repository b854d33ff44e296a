/// What a filter, test, method, function or macro was called with.
struct Arguments {
  var positional: [Value] = []
  var named: [(name: String, value: Value)] = []
}

extension Renderer {
  /// Returns the values by parameter, nil where none was given.
  func bind(
    _ arguments: Arguments, _ names: [String], of callee: String
  ) throws(TemplateError) -> [Value?] {
    guard arguments.positional.count <= names.count else {
      throw error(
        .badArgument,
        "\(callee) takes at most \(names.count) arguments, not \(arguments.positional.count)")
    }
    var values = [Value?](repeating: nil, count: names.count)
    for (index, value) in arguments.positional.enumerated() { values[index] = value }
    for (name, value) in arguments.named {
      guard let index = names.firstIndex(of: name) else {
        throw error(.badArgument, "\(callee) has no argument \(name)")
      }
      guard values[index] == nil else {
        throw error(.badArgument, "\(callee) is given \(name) twice")
      }
      values[index] = value
    }
    return values
  }

  func text(argument value: Value?, _ what: String) throws(TemplateError) -> MarkedText {
    guard case .text(let text)? = value else {
      throw error(.badArgument, "\(what) is text, not \(value?.kindName ?? "left out")")
    }
    return text
  }

  // MARK: - Calls

  mutating func call(
    _ callee: Expression, _ list: ArgumentList
  ) throws(TemplateError) -> Value {
    let target = try evaluate(callee)
    let arguments = try values(of: list)
    line = callee.line
    switch target {
    case .function(let function): return try call(function, arguments)
    case .method(let object, let name): return try call(method: name, of: object, arguments)
    case .macro(let index): return .text(try call(macro: index, arguments))
    case .undefined(let name):
      throw error(.undefinedValue, "\(name) was not given, so it can't be called")
    default: throw error(.wrongType, "\(target.kindName) can't be called")
    }
  }

  private mutating func call(
    _ function: Function, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch function {
    case .range: return try range(arguments)
    case .dict, .namespace:
      var map = Map()
      if let first = arguments.positional.first {
        guard case .map(let start) = first, arguments.positional.count == 1 else {
          throw error(.badArgument, "\(function.rawValue) takes one dictionary and named values")
        }
        map = start
      }
      for (name, value) in arguments.named { map.set(MarkedText(name), to: value) }
      try charge(map.members.count)
      let value = try checked(.map(map))
      guard function == .namespace else { return value }
      namespaces.append(map)
      return .namespace(namespaces.count - 1)
    case .raiseException:
      let message = try bind(arguments, ["message"], of: function.rawValue)[0]
      throw error(.refusedByTemplate, try text(of: message ?? .text("")).string)
    case .strftimeNow:
      let format = try bind(arguments, ["format"], of: function.rawValue)[0]
      let text = try text(argument: format, "the form of the time").string
      guard let now else {
        throw error(.undefinedValue, "the template asks for the time, and none was given")
      }
      return .text(now(text))
    }
  }

  private mutating func range(_ arguments: Arguments) throws(TemplateError) -> Value {
    guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw error(.badArgument, "range takes one to three whole numbers")
    }
    var numbers: [Int] = []
    for value in arguments.positional { numbers.append(try wholeNumber(value, "range's argument")) }
    let (start, end) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    let step = numbers.count == 3 ? numbers[2] : 1
    guard step != 0 else { throw error(.badArgument, "range's step is not 0") }
    let (span, overflow) = end.subtractingReportingOverflow(start)
    // The sandbox of the reference has the same bound.
    guard !overflow, span != .min, abs(span) / max(abs(max(step, -.max)), 1) < 100_000 else {
      throw error(.tooMuchWork, "a range has at most 100000 numbers")
    }
    return try list(stride(from: start, to: end, by: step).map { .integer($0) })
  }

  // MARK: - Values as others

  /// What a loop goes through: nothing for what was not given.
  mutating func elements(of value: Value) throws(TemplateError) -> [Value] {
    switch value {
    case .undefined: return []
    case .list(let list):
      try charge(list.elements.count)
      return list.elements
    case .map(let map):
      try charge(map.members.count)
      return map.members.map(\.key.value)
    case .text(let text):
      try charge(text.count)
      return text.scalars.map { .text($0) }
    default: throw error(.wrongType, "\(value.kindName) has no elements to go through")
    }
  }

  /// The value as it is written into the output.
  mutating func text(of value: Value) throws(TemplateError) -> MarkedText {
    switch value {
    case .undefined: return MarkedText()
    case .text(let text): return text
    default:
      var text = MarkedText()
      try write(value, into: &text)
      return text
    }
  }

  /// Appends the value as Python's `repr` writes it.
  private mutating func write(
    _ value: Value, into output: inout MarkedText
  ) throws(TemplateError) {
    try charge(1)
    switch value {
    case .undefined: output.append("Undefined")
    case .none: output.append("None")
    case .bool(let value): output.append(value ? "True" : "False")
    case .integer(let value): output.append(String(value))
    case .decimal(let text): output.append(text)
    case .text(let text):
      try charge(bytes: text.count)
      output.append(pythonQuoted(text))
    case .list(let list):
      output.append(list.isTuple ? "(" : "[")
      for (index, element) in list.elements.enumerated() {
        if index > 0 { output.append(", ") }
        try write(element, into: &output)
      }
      if list.isTuple, list.elements.count == 1 { output.append(",") }
      output.append(list.isTuple ? ")" : "]")
    case .map(let map):
      output.append("{")
      for (index, member) in map.members.enumerated() {
        if index > 0 { output.append(", ") }
        try write(member.key.value, into: &output)
        output.append(": ")
        try write(member.value, into: &output)
      }
      output.append("}")
    case .namespace, .macro, .loop, .function, .method:
      throw error(.wrongType, "\(value.kindName) can't be written out")
    }
  }

  private func pythonQuoted(_ text: MarkedText) -> MarkedText {
    let hasSingle = text.bytes.contains(UInt8(ascii: "'"))
    let quote =
      hasSingle && !text.bytes.contains(UInt8(ascii: "\"")) ? UInt8(ascii: "\"") : 0x27
    var quoted = MarkedText([quote])
    var start = 0
    for (index, byte) in text.bytes.enumerated() {
      let escape: String
      switch byte {
      case 0x0a: escape = "\\n"
      case 0x0d: escape = "\\r"
      case 0x09: escape = "\\t"
      case UInt8(ascii: "\\"): escape = "\\\\"
      case quote: escape = "\\'"
      case 0..<0x20, 0x7f: escape = "\\x" + hexadecimal(byte)
      default: continue
      }
      quoted.append(text[start..<index])
      quoted.append(MarkedText(escape, isInput: text.hasInput))
      start = index + 1
    }
    quoted.append(text[start..<text.count])
    quoted.append(MarkedText([quote]))
    return quoted
  }
}

func hexadecimal(_ byte: UInt8) -> String {
  (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
