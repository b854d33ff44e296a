extension TemplateParser {
  /// Reads expressions with commas between them, which make a tuple, or one alone.
  mutating func tuple(withChoice: Bool = true) throws(TemplateError) -> Expression {
    let line = line
    let first = try withChoice ? expression() : disjunction()
    guard peek == .symbol(",") else { return first }
    var elements = [first]
    while skip(symbol: ",") {
      switch peek {
      case .expressionEnd, .statementEnd, .symbol(")"): break
      default: elements.append(try expression())
      }
    }
    return try node(.list(elements, isTuple: true), line, elements)
  }

  /// Reads one expression; its loosest operator is `a if b else c`.
  mutating func expression() throws(TemplateError) -> Expression {
    try nested { parser throws(TemplateError) in
      let line = parser.line
      var value = try parser.disjunction()
      while parser.skip(word: "if") {
        let condition = try parser.disjunction()
        let otherwise = parser.skip(word: "else") ? try parser.expression() : nil
        value = try parser.node(
          .choice(then: value, condition: condition, otherwise: otherwise), line,
          [value, condition] + (otherwise.map { [$0] } ?? []))
      }
      return value
    }
  }

  /// - Throws: `tooDeep` if more is nested in it than may be.
  private func node(
    _ kind: Expression.Kind, _ line: Int, _ parts: [Expression], _ arguments: ArgumentList = .none
  ) throws(TemplateError) -> Expression {
    let height = 1 + max(parts.reduce(0) { max($0, $1.height) }, arguments.height)
    guard height <= limits.depth else {
      throw TemplateError(
        .tooDeep, line: line, "more than \(limits.depth) operations hang together; split them up")
    }
    return Expression(kind: kind, line: line, height: height)
  }

  private mutating func disjunction() throws(TemplateError) -> Expression {
    let line = line
    var left = try conjunction()
    while skip(word: "or") {
      let right = try conjunction()
      left = try node(.or(left, right), line, [left, right])
    }
    return left
  }

  private mutating func conjunction() throws(TemplateError) -> Expression {
    let line = line
    var left = try negation()
    while skip(word: "and") {
      let right = try negation()
      left = try node(.and(left, right), line, [left, right])
    }
    return left
  }

  private mutating func negation() throws(TemplateError) -> Expression {
    let line = line
    guard peek == .name("not") else { return try comparison() }
    advance()
    let value = try nested { parser throws(TemplateError) in try parser.negation() }
    return try node(.not(value), line, [value])
  }

  private mutating func comparison() throws(TemplateError) -> Expression {
    let line = line
    let first = try sum()
    var rest: [(Comparison, Expression)] = []
    while true {
      let operation: Comparison
      if case .symbol(let symbol) = peek, let known = Comparison(rawValue: symbol) {
        operation = known
      } else if peek == .name("in") {
        operation = .isIn
      } else if peek == .name("not"), peekNext == .name("in") {
        advance()
        operation = .isNotIn
      } else {
        break
      }
      advance()
      rest.append((operation, try sum()))
    }
    guard !rest.isEmpty else { return first }
    return try node(.comparison(first, rest), line, [first] + rest.map(\.1))
  }

  private mutating func sum() throws(TemplateError) -> Expression {
    let line = line
    var left = try joined()
    while case .symbol(let symbol) = peek, symbol == "+" || symbol == "-",
      let operation = Arithmetic(rawValue: symbol)
    {
      advance()
      let right = try joined()
      left = try node(.arithmetic(operation, left, right), line, [left, right])
    }
    return left
  }

  private mutating func joined() throws(TemplateError) -> Expression {
    let line = line
    var parts = [try product()]
    while skip(symbol: "~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : try node(.joined(parts), line, parts)
  }

  private mutating func product() throws(TemplateError) -> Expression {
    let line = line
    var left = try power()
    while case .symbol(let symbol) = peek, ["*", "/", "//", "%"].contains(symbol),
      let operation = Arithmetic(rawValue: symbol)
    {
      advance()
      let right = try power()
      left = try node(.arithmetic(operation, left, right), line, [left, right])
    }
    return left
  }

  private mutating func power() throws(TemplateError) -> Expression {
    let line = line
    var left = try unary(withFilters: true)
    while skip(symbol: "**") {
      let right = try unary(withFilters: true)
      left = try node(.arithmetic(.power, left, right), line, [left, right])
    }
    return left
  }

  private mutating func unary(withFilters: Bool) throws(TemplateError) -> Expression {
    let line = line
    var value: Expression
    if peek == .symbol("-") || peek == .symbol("+") {
      let isNegated = peek == .symbol("-")
      advance()
      value = try nested { parser throws(TemplateError) in
        try parser.unary(withFilters: false)
      }
      if isNegated { value = try node(.negated(value), line, [value]) }
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return withFilters ? try filtersAndTests(value) : value
  }

  private mutating func primary() throws(TemplateError) -> Expression {
    let line = line
    switch peek {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return try node(.literal(.bool(true)), line, [])
      case "false", "False": return try node(.literal(.bool(false)), line, [])
      case "none", "None": return try node(.literal(.none), line, [])
      default: return try node(.name(name), line, [])
      }
    case .string(var bytes):
      advance()
      while case .string(let more) = peek {
        bytes += more
        advance()
      }
      return try node(.literal(.text(MarkedText(bytes))), line, [])
    case .integer(let value):
      advance()
      return try node(.literal(.integer(value)), line, [])
    case .decimal(let text):
      advance()
      return try node(.literal(.decimal(pythonDecimal(text))), line, [])
    case .symbol("("): return try bracketed()
    case .symbol("["):
      advance()
      let elements = try elements(until: "]")
      return try node(.list(elements, isTuple: false), line, elements)
    case .symbol("{"): return try map()
    default: throw error("an expression is missing here")
    }
  }

  private mutating func bracketed() throws(TemplateError) -> Expression {
    let line = line
    advance()
    if skip(symbol: ")") { return try node(.list([], isTuple: true), line, []) }
    let value = try tuple()
    try expect(symbol: ")")
    return value
  }

  private mutating func elements(until end: String) throws(TemplateError) -> [Expression] {
    var elements: [Expression] = []
    while !skip(symbol: end) {
      if !elements.isEmpty {
        try expect(symbol: ",")
        if skip(symbol: end) { break }
      }
      elements.append(try expression())
    }
    return elements
  }

  private mutating func map() throws(TemplateError) -> Expression {
    let line = line
    advance()
    var members: [(key: Expression, value: Expression)] = []
    while !skip(symbol: "}") {
      if !members.isEmpty {
        try expect(symbol: ",")
        if skip(symbol: "}") { break }
      }
      let key = try expression()
      try expect(symbol: ":")
      members.append((key, try expression()))
    }
    return try node(.map(members), line, members.flatMap { [$0.key, $0.value] })
  }

  // MARK: - What follows an expression

  private mutating func postfix(_ first: Expression) throws(TemplateError) -> Expression {
    var value = first
    while true {
      let line = line
      switch peek {
      case .symbol("."):
        advance()
        if case .integer(let index) = peek {
          advance()
          let index = try node(.literal(.integer(index)), line, [])
          value = try node(.element(value, index), line, [value])
        } else {
          value = try node(.member(value, try name()), line, [value])
        }
      case .symbol("["):
        advance()
        value = try subscripted(value, line)
      case .symbol("("):
        let arguments = try arguments()
        value = try node(.call(value, arguments), line, [value], arguments)
      default: return value
      }
    }
  }

  private mutating func subscripted(
    _ value: Expression, _ line: Int
  ) throws(TemplateError) -> Expression {
    var bounds: [Expression?] = [nil]
    while !skip(symbol: "]") {
      if skip(symbol: ":") {
        bounds.append(nil)
      } else {
        guard bounds[bounds.count - 1] == nil else { throw error("] is missing here") }
        bounds[bounds.count - 1] = try expression()
      }
    }
    let parts = bounds.compactMap { $0 }
    switch bounds.count {
    case 1:
      guard let index = bounds[0] else { throw error("an index is missing here") }
      return try node(.element(value, index), line, [value, index])
    case 2, 3:
      let step = bounds.count == 3 ? bounds[2] : nil
      return try node(.slice(value, bounds[0], bounds[1], step), line, [value] + parts)
    default: throw error("a slice has at most three parts")
    }
  }

  private mutating func filtersAndTests(_ first: Expression) throws(TemplateError) -> Expression {
    var value = first
    while true {
      let line = line
      if skip(symbol: "|") {
        let word = try name()
        let arguments = peek == .symbol("(") ? try arguments() : .none
        value =
          if let filter = Filter(word: word) {
            try node(.filter(value, filter, arguments), line, [value], arguments)
          } else {
            try node(.unsupported("no filter is named \(word)"), line, [])
          }
      } else if skip(word: "is") {
        value = try test(of: value, line)
      } else if peek == .symbol("(") {
        let arguments = try arguments()
        value = try node(.call(value, arguments), line, [value], arguments)
      } else {
        return value
      }
    }
  }

  private mutating func test(of value: Expression, _ line: Int) throws(TemplateError) -> Expression
  {
    let isNegated = skip(word: "not")
    let word = try name()
    var arguments = ArgumentList.none
    if peek == .symbol("(") {
      arguments = try self.arguments()
    } else if startsTestArgument {
      arguments.positional = [try postfix(try primary())]
    }
    guard let test = Test(word: word) else {
      return try node(.unsupported("no test is named \(word)"), line, [])
    }
    return try node(.test(value, test, arguments, isNegated: isNegated), line, [value], arguments)
  }

  /// Whether an argument without parentheses follows, as in `is divisibleby 3`.
  private var startsTestArgument: Bool {
    switch peek {
    case .name(let name): !["else", "or", "and", "is", "if", "in", "not"].contains(name)
    case .string, .integer, .decimal, .symbol("["), .symbol("{"): true
    default: false
    }
  }

  mutating func filterName() throws(TemplateError) -> Filter {
    let line = line
    let word = try name()
    guard let filter = Filter(word: word) else {
      throw TemplateError(.unsupported, line: line, "no filter is named \(word)")
    }
    return filter
  }

  mutating func arguments() throws(TemplateError) -> ArgumentList {
    try expect(symbol: "(")
    var list = ArgumentList()
    var isFirst = true
    while !skip(symbol: ")") {
      if !isFirst {
        try expect(symbol: ",")
        if skip(symbol: ")") { break }
      }
      isFirst = false
      if peek == .symbol("*") || peek == .symbol("**") {
        throw TemplateError(
          .unsupported, line: line, "arguments can't be spread from a list; write them out")
      }
      if case .name(let name) = peek, peekNext == .symbol("=") {
        advance()
        advance()
        list.named.append((name, try expression()))
      } else {
        guard list.named.isEmpty else { throw error("named arguments come last") }
        list.positional.append(try expression())
      }
    }
    return list
  }
}
