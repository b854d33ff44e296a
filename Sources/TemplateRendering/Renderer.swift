/// Runs a template's statements.
///
/// Every value it makes and byte it copies is paid for from one budget first, so that neither time
/// nor memory can go beyond what the limits say.
struct Renderer {
  let limits: TemplateLimits
  let now: (@Sendable (String) -> String)?
  private(set) var stepsLeft: Int
  /// The line that errors name.
  var line = 1
  private(set) var output = MarkedText()
  private(set) var generated: [Range<Int>] = []
  /// How many blocks whose output goes to a variable are open.
  private var captures = 0
  private(set) var scopes: [Scope] = []
  private(set) var scope = 0
  private var scopesMade = 0
  private(set) var macros: [MacroRecord] = []
  var namespaces: [Map] = []
  var loops: [LoopRecord] = []
  private var callDepth = 0

  /// The variables of a loop's turn, a macro's call or a block.
  struct Scope {
    let serial: Int
    let parent: Int?
    var variables: [String: Value] = [:]
  }

  struct MacroRecord {
    let macro: Macro
    /// Where it was defined: what it can see.
    let scope: Int
    let serial: Int
  }

  struct LoopRecord {
    var items: [Value]
    var index = 0
    var lastChecked: [Value]?
  }

  private enum Flow { case next, breakLoop, continueLoop }

  init(
    limits: TemplateLimits, variables: [String: Value], now: (@Sendable (String) -> String)?
  ) {
    self.limits = limits
    self.now = now
    stepsLeft = limits.steps
    scopes = [Scope(serial: 0, parent: nil, variables: variables)]
  }

  // MARK: - Budget and errors

  func error(_ code: TemplateError.Code, _ message: String) -> TemplateError {
    TemplateError(code, line: line, message)
  }

  mutating func charge(_ steps: Int) throws(TemplateError) {
    guard steps <= stepsLeft else {
      throw error(.tooMuchWork, "rendering takes more than \(limits.steps) steps")
    }
    stepsLeft -= steps
  }

  /// How many bytes are copied, or looked through, in a step.
  static let bytesPerStep = 8

  mutating func charge(bytes: Int) throws(TemplateError) {
    try charge(1 + bytes / Renderer.bytesPerStep)
  }

  mutating func list(
    _ elements: [Value], isTuple: Bool = false
  ) throws(TemplateError) -> Value {
    try charge(elements.count)
    return try checked(.list(List(elements, isTuple: isTuple)))
  }

  func checked(_ value: Value) throws(TemplateError) -> Value {
    guard value.depth <= limits.depth else {
      throw error(.tooDeep, "values are nested more than \(limits.depth) deep")
    }
    return value
  }

  private mutating func write(_ text: MarkedText) throws(TemplateError) {
    try charge(bytes: text.count)
    guard output.count + text.count <= limits.outputInBytes else {
      throw error(.outputTooLong, "the output has more than \(limits.outputInBytes) bytes")
    }
    output.append(text)
  }

  // MARK: - Variables

  func variable(_ name: String) -> Value? {
    var place: Int? = scope
    while let index = place {
      if let value = scopes[index].variables[name] { return value }
      place = scopes[index].parent
    }
    return Function(rawValue: name).map { .function($0) }
  }

  private mutating func set(_ name: String, to value: Value) {
    scopes[scope].variables[name] = value
  }

  /// Runs in a scope of its own, below that of the given place or the present one.
  private mutating func inScope<Result>(
    below parent: Int? = nil, _ variables: [String: Value],
    _ body: (inout Renderer) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let outer = scope
    scopesMade += 1
    scopes.append(Scope(serial: scopesMade, parent: parent ?? outer, variables: variables))
    scope = scopes.count - 1
    let result = try body(&self)
    scopes.removeLast()
    scope = outer
    return result
  }

  // MARK: - Statements

  mutating func run(_ statements: [Statement]) throws(TemplateError) { _ = try flow(statements) }

  private mutating func flow(_ statements: [Statement]) throws(TemplateError) -> Flow {
    for statement in statements {
      line = statement.line
      try charge(1)
      let flow = try run(statement)
      if flow != .next { return flow }
    }
    return .next
  }

  private mutating func run(_ statement: Statement) throws(TemplateError) -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expression):
      let value = try evaluate(expression)
      try write(try text(of: value))
    case .choice(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition).isTrue {
        return try flow(branch.body)
      }
      return try flow(otherwise)
    case .loop(let loop): return try run(loop)
    case .set(let targets, let expression): try set(targets, to: try evaluate(expression))
    case .setBlock(let target, let filters, let body):
      try set([target], to: .text(try captured(body, filters)))
    case .with(let bindings, let body):
      var variables: [String: Value] = [:]
      for binding in bindings { variables[binding.name] = try evaluate(binding.value) }
      return try inScope(variables) { renderer throws(TemplateError) in try renderer.flow(body) }
    case .macro(let macro): set(macro.name, to: define(macro))
    case .call(let expression, let caller): try write(try call(expression, caller: caller))
    case .filtered(let filters, let body): try write(try captured(body, filters))
    case .generation(let body):
      let start = output.count
      _ = try inScope([:]) { renderer throws(TemplateError) in try renderer.flow(body) }
      if captures == 0, output.count > start { generated.append(start..<output.count) }
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  private mutating func set(_ targets: [Target], to value: Value) throws(TemplateError) {
    guard targets.count > 1 else { return try set(targets[0], to: value) }
    let values = try elements(of: value)
    guard values.count == targets.count else {
      throw error(.wrongType, "\(values.count) values can't be set to \(targets.count) names")
    }
    for (target, value) in zip(targets, values) { try set(target, to: value) }
  }

  private mutating func set(_ target: Target, to value: Value) throws(TemplateError) {
    guard let member = target.member else { return set(target.name, to: value) }
    guard case .namespace(let index)? = variable(target.name) else {
      throw error(.wrongType, "\(target.name) is no namespace; only those have members to set")
    }
    // A namespace inside of a namespace is a number: no cycle can come of it.
    namespaces[index].set(MarkedText(member), to: try checked(value))
  }

  private mutating func run(_ loop: Loop) throws(TemplateError) -> Flow {
    var items: [Value] = []
    for item in try elements(of: try evaluate(loop.items)) {
      guard let condition = loop.condition else {
        items.append(item)
        continue
      }
      try charge(1)
      let variables = try bind(loop.names, to: item)
      let isKept = try inScope(variables) { renderer throws(TemplateError) in
        try renderer.evaluate(condition).isTrue
      }
      if isKept { items.append(item) }
    }
    guard !items.isEmpty else {
      return try inScope([:]) { renderer throws(TemplateError) in
        try renderer.flow(loop.otherwise)
      }
    }
    let record = loops.count
    loops.append(LoopRecord(items: items))
    defer { loops[record].items = [] }
    for (index, item) in items.enumerated() {
      try charge(1)
      loops[record].index = index
      var variables = try bind(loop.names, to: item)
      variables["loop"] = .loop(record)
      let flow = try inScope(variables) { renderer throws(TemplateError) in
        try renderer.flow(loop.body)
      }
      if flow == .breakLoop { break }
    }
    return .next
  }

  private mutating func bind(
    _ names: [String], to item: Value
  ) throws(TemplateError) -> [String: Value] {
    guard names.count > 1 else { return [names[0]: item] }
    let parts = try elements(of: item)
    guard parts.count == names.count else {
      throw error(.wrongType, "\(parts.count) values can't be given \(names.count) names")
    }
    return Dictionary(zip(names, parts)) { _, last in last }
  }

  /// Runs a body and returns what it writes.
  private mutating func captured(
    _ body: [Statement], _ filters: [FilterCall] = []
  ) throws(TemplateError) -> MarkedText {
    let outer = output
    output = MarkedText()
    captures += 1
    _ = try inScope([:]) { renderer throws(TemplateError) in try renderer.flow(body) }
    captures -= 1
    var value = Value.text(output)
    output = outer
    for call in filters { value = try apply(call.filter, to: value, call.arguments) }
    return try text(of: value)
  }

  // MARK: - Macros

  private mutating func define(_ macro: Macro) -> Value {
    macros.append(MacroRecord(macro: macro, scope: scope, serial: scopes[scope].serial))
    return .macro(macros.count - 1)
  }

  private mutating func call(
    _ expression: Expression, caller: Macro
  ) throws(TemplateError) -> MarkedText {
    guard case .call(let callee, let arguments) = expression.kind else {
      throw error(.badSyntax, "call takes a macro and its arguments")
    }
    let block = define(caller)
    let target = try evaluate(callee)
    guard case .macro(let index) = target else {
      throw error(.wrongType, "call takes a macro, not \(target.kindName)")
    }
    return try call(macro: index, try values(of: arguments), caller: block)
  }

  mutating func call(
    macro index: Int, _ arguments: Arguments, caller: Value? = nil
  ) throws(TemplateError) -> MarkedText {
    let record = macros[index]
    guard record.scope < scopes.count, scopes[record.scope].serial == record.serial else {
      throw error(.unsupported, "the macro \(record.macro.name) is called outside of its loop")
    }
    guard callDepth < limits.depth / 4 else {
      throw error(.tooDeep, "macros call each other more than \(limits.depth / 4) deep")
    }
    let names = record.macro.parameters.map(\.name)
    let values = try bind(arguments, names, of: "the macro \(record.macro.name)")
    callDepth += 1
    let outer = (output, line, captures)
    output = MarkedText()
    captures += 1
    try inScope(below: record.scope, caller.map { ["caller": $0] } ?? [:]) {
      renderer throws(TemplateError) in
      for (parameter, value) in zip(record.macro.parameters, values) {
        var value = value ?? .undefined(parameter.name)
        if case .undefined = value, let standard = parameter.standard {
          value = try renderer.evaluate(standard)
        }
        renderer.set(parameter.name, to: value)
      }
      _ = try renderer.flow(record.macro.body)
    }
    callDepth -= 1
    let result = output
    (output, line, captures) = outer
    return result
  }
}
