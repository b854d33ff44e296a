/// Reads the statements of a template.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private(set) var position = 0
  let limits: TemplateLimits
  /// How many statements and bracketed expressions are open.
  private var depth = 0
  private var loopDepth = 0

  init(_ source: [UInt8], limits: TemplateLimits) throws(TemplateError) {
    guard source.count <= limits.sourceInBytes else {
      throw TemplateError(
        .sourceTooLong, line: 1,
        "it has \(source.count) bytes, and at most \(limits.sourceInBytes) are read")
    }
    tokens = try TemplateLexer.tokens(of: source)
    self.limits = limits
  }

  mutating func template() throws(TemplateError) -> [Statement] {
    let statements = try body(until: [])
    guard peek == .end else { throw error("nothing is open here that this could end") }
    return statements
  }

  // MARK: - Tokens

  var peek: TemplateToken.Kind { tokens[position].kind }
  var peekNext: TemplateToken.Kind { tokens[min(position + 1, tokens.count - 1)].kind }
  var line: Int { tokens[position].line }

  mutating func advance() { position = min(position + 1, tokens.count - 1) }

  func error(_ message: String) -> TemplateError {
    TemplateError(.badSyntax, line: line, message)
  }

  mutating func skip(_ kind: TemplateToken.Kind) -> Bool {
    guard peek == kind else { return false }
    advance()
    return true
  }

  mutating func skip(symbol: String) -> Bool { skip(.symbol(symbol)) }
  mutating func skip(word: String) -> Bool { skip(.name(word)) }

  mutating func expect(symbol: String) throws(TemplateError) {
    guard skip(symbol: symbol) else { throw error("\(symbol) is missing here") }
  }

  mutating func name() throws(TemplateError) -> String {
    guard case .name(let name) = peek else { throw error("a name is missing here") }
    advance()
    return name
  }

  /// Runs one level deeper.
  mutating func nested<Result>(
    _ read: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    guard depth < limits.depth else {
      throw TemplateError(
        .tooDeep, line: line, "more than \(limits.depth) levels are nested; split it up")
    }
    depth += 1
    let result = try read(&self)
    depth -= 1
    return result
  }

  // MARK: - Statements

  /// Reads up to a statement that begins with one of the words; its words are not taken.
  private mutating func body(until ends: [String]) throws(TemplateError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      let line = line
      switch peek {
      case .text(let bytes):
        statements.append(Statement(kind: .text(MarkedText(bytes)), line: line))
        advance()
      case .expressionStart:
        advance()
        let value = try tuple()
        guard skip(.expressionEnd) else { throw error("}} is missing here") }
        statements.append(Statement(kind: .output(value), line: line))
      case .statementStart:
        guard case .name(let word) = peekNext else {
          throw error("a statement's name is missing here")
        }
        if ends.contains(word) { return statements }
        advance()
        let kind = try nested { parser throws(TemplateError) in
          parser.advance()
          return try parser.statement(word)
        }
        if let kind { statements.append(Statement(kind: kind, line: line)) }
      case .end:
        guard ends.isEmpty else {
          throw error("the template ends before \(ends.joined(separator: " or "))")
        }
        return statements
      default: throw error("this has no place here")
      }
    }
  }

  private mutating func endTag() throws(TemplateError) {
    guard skip(.statementEnd) else { throw error("%} is missing here") }
  }

  /// Reads a body and the tag that ends it.
  private mutating func block(endedBy end: String) throws(TemplateError) -> [Statement] {
    try endTag()
    let statements = try body(until: [end])
    try close(end)
    return statements
  }

  private mutating func close(_ word: String) throws(TemplateError) {
    advance()
    advance()
    // `endmacro` and `endblock` may repeat the name.
    if word == "endmacro", case .name = peek { advance() }
    try endTag()
  }

  /// Reads what follows a statement's first word.
  private mutating func statement(_ word: String) throws(TemplateError) -> Statement.Kind? {
    switch word {
    case "if": return try choice()
    case "for": return try loop()
    case "set": return try set()
    case "with": return try with()
    case "macro":
      let name = try name()
      return .macro(
        Macro(name: name, parameters: try parameters(), body: try callable("endmacro")))
    case "call":
      let parameters = peek == .symbol("(") ? try parameters() : []
      let callee = try expression()
      guard case .call = callee.kind else { throw error("call takes a macro and its arguments") }
      let caller = Macro(name: "caller", parameters: parameters, body: try callable("endcall"))
      return .call(callee, caller: caller)
    case "filter":
      return .filtered(try filterCalls(), body: try block(endedBy: "endfilter"))
    case "generation": return .generation(body: try callable("endgeneration"))
    case "break", "continue":
      guard loopDepth > 0 else { throw error("\(word) stands outside of a loop") }
      try endTag()
      return word == "break" ? .breakLoop : .continueLoop
    case "include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug":
      throw TemplateError(
        .unsupported, line: line, "the statement \(word) is not supported; write it out instead")
    default: throw error("no statement is named \(word)")
    }
  }

  /// A body that stands for itself: loops around it don't count.
  private mutating func callable(_ end: String) throws(TemplateError) -> [Statement] {
    let outer = loopDepth
    loopDepth = 0
    let body = try block(endedBy: end)
    loopDepth = outer
    return body
  }

  private mutating func choice() throws(TemplateError) -> Statement.Kind {
    var branches: [(condition: Expression, body: [Statement])] = []
    var condition = try tuple()
    while true {
      try endTag()
      branches.append((condition, try body(until: ["elif", "else", "endif"])))
      advance()
      let word = try name()
      switch word {
      case "elif": condition = try tuple()
      case "else":
        let otherwise = try block(endedBy: "endif")
        return .choice(branches, otherwise: otherwise)
      default:
        try endTag()
        return .choice(branches, otherwise: [])
      }
    }
  }

  private mutating func loop() throws(TemplateError) -> Statement.Kind {
    let names = try targetNames()
    guard skip(word: "in") else { throw error("in is missing here") }
    let items = try tuple(withChoice: false)
    let condition = skip(word: "if") ? try expression() : nil
    guard peek != .name("recursive") else {
      throw TemplateError(
        .unsupported, line: line, "recursive loops are not supported; use a macro that calls itself"
      )
    }
    try endTag()
    loopDepth += 1
    let body = try body(until: ["else", "endfor"])
    loopDepth -= 1
    advance()
    var otherwise: [Statement] = []
    if try name() == "else" {
      otherwise = try block(endedBy: "endfor")
    } else {
      try endTag()
    }
    return .loop(
      Loop(names: names, items: items, condition: condition, body: body, otherwise: otherwise))
  }

  /// Reads `a, b` or `(a, b)`.
  private mutating func targetNames() throws(TemplateError) -> [String] {
    let isBracketed = skip(symbol: "(")
    var names = [try name()]
    while skip(symbol: ",") {
      guard case .name = peek, peek != .name("in") else { break }
      names.append(try name())
    }
    if isBracketed { try expect(symbol: ")") }
    return names
  }

  private mutating func set() throws(TemplateError) -> Statement.Kind {
    var targets: [Target] = []
    repeat {
      var target = Target(name: try name())
      if skip(symbol: ".") { target.member = try name() }
      targets.append(target)
    } while skip(symbol: ",")
    if skip(symbol: "=") {
      let value = try tuple()
      try endTag()
      return .set(targets, value)
    }
    guard targets.count == 1 else { throw error("= is missing here") }
    let filters = skip(symbol: "|") ? try filterCalls() : []
    return .setBlock(targets[0], filters: filters, body: try block(endedBy: "endset"))
  }

  private mutating func with() throws(TemplateError) -> Statement.Kind {
    var bindings: [(name: String, value: Expression)] = []
    while peek != .statementEnd {
      if !bindings.isEmpty { try expect(symbol: ",") }
      let name = try name()
      try expect(symbol: "=")
      bindings.append((name, try expression()))
    }
    return .with(bindings, body: try block(endedBy: "endwith"))
  }

  private mutating func parameters() throws(TemplateError) -> [(
    name: String, standard: Expression?
  )] {
    try expect(symbol: "(")
    var parameters: [(name: String, standard: Expression?)] = []
    while !skip(symbol: ")") {
      if !parameters.isEmpty { try expect(symbol: ",") }
      let name = try name()
      parameters.append((name, skip(symbol: "=") ? try expression() : nil))
    }
    return parameters
  }

  /// Reads `name(arguments) | name(arguments)`.
  private mutating func filterCalls() throws(TemplateError) -> [FilterCall] {
    var calls: [FilterCall] = []
    repeat {
      let filter = try filterName()
      calls.append(
        FilterCall(filter: filter, arguments: peek == .symbol("(") ? try arguments() : .none))
    } while skip(symbol: "|")
    return calls
  }
}
