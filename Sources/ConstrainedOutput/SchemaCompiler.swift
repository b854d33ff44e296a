internal import JSONCoding

/// Makes an automaton of a schema: a rule for each schema that occurs, so that references may go
/// round in circles.
///
/// Members come in the order in which the schema names them, and members that it does not name
/// after those; a schema that names members allows others only if it says so. All that is written
/// is valid; not all that is valid can be written.
struct SchemaCompiler {
  private var reader: SchemaReader
  private(set) var builder: AutomatonBuilder
  let layout: JSONLayout
  private var ruleByText: [[UInt8]: Int32] = [:]
  private var pending: [(schema: JSON, place: String, start: Int32, end: Int32)] = []
  /// How many bytes of schemas are compared with one another, which bounds what joining them costs.
  private var textLeft = 32 << 20
  private var sharedSpace: Int32?
  private var sharedCharacter: Int32?

  init(document: JSON, layout: JSONLayout, limits: ConstraintLimits) {
    reader = SchemaReader(document: document, limits: limits)
    builder = AutomatonBuilder(limits: limits)
    self.layout = layout
  }

  static func automaton(
    of schema: JSON, layout: JSONLayout, bytes: Set<UInt8>, limits: ConstraintLimits
  ) throws(ConstraintError) -> Automaton {
    var compiler = SchemaCompiler(document: schema, layout: layout, limits: limits)
    let root = try compiler.rule(for: schema, at: "#")
    while let next = compiler.pending.popLast() {
      compiler.builder.place = next.place
      let schema = try compiler.reader.schema(next.schema, at: next.place)
      try compiler.value(schema, at: next.place, from: next.start, to: next.end)
    }
    return try compiler.builder.finished(root: root, bytes: bytes)
  }

  /// The rule that reads a value of the schema; made once for equal schemas.
  mutating func rule(for schema: JSON, at place: String) throws(ConstraintError) -> Int32 {
    let text = schema.bytes()
    builder.place = place
    textLeft -= text.count
    guard textLeft >= 0 else {
      throw builder.error(.tooLarge, "its alternatives repeat too much; say it once, in $defs")
    }
    if let known = ruleByText[text] { return known }
    let (rule, start, end) = try builder.rule()
    ruleByText[text] = rule
    pending.append((schema, place, start, end))
    return rule
  }

  // MARK: - Values

  private mutating func value(
    _ schema: Schema, at place: String, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    guard !schema.isImpossible else { return }
    if let alternatives = schema.alternatives.first {
      return try value(
        oneOf: alternatives, beside: schema, at: place, from: source, to: target)
    }
    if let choices = schema.choices {
      return try value(choices, of: schema, at: place, from: source, to: target)
    }
    for type in types(of: schema) {
      switch type {
      case "null": builder.jump(from: try builder.text("null".utf8, from: source), to: target)
      case "boolean":
        try builder.texts(["true", "false"].map { Array($0.utf8) }, from: source, to: target)
      case "integer", "number":
        try builder.number(
          isWhole: type == "integer", low: schema.low, high: schema.high, from: source, to: target)
      case "string": try string(schema, at: place, from: source, to: target)
      case "array": try array(schema, at: place, from: source, to: target)
      default: try object(schema, at: place, from: source, to: target)
      }
    }
  }

  /// The types a value may have; a schema that names none has those that its keywords speak of.
  private func types(of schema: Schema) -> [String] {
    if let types = schema.types {
      // Whole numbers are numbers.
      return types.contains("number") ? types.filter { $0 != "integer" } : types
    }
    let all = SchemaKeyword.types.filter { $0 != "integer" }
    return schema.narrowed.isEmpty ? all : all.filter { schema.narrowed.contains($0) }
  }

  /// One of the alternatives, and all else that the schema says.
  private mutating func value(
    oneOf alternatives: [JSON], beside schema: Schema, at place: String,
    from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let others = schema.parts + schema.alternatives.dropFirst().map { ["anyOf": .array($0)] }
    for (index, alternative) in alternatives.enumerated() {
      let joined: JSON =
        others.isEmpty ? alternative : ["allOf": .array(others + [alternative])]
      let rule = try rule(for: joined, at: place + "/anyOf/\(index)")
      builder.call(rule, from: source, to: target)
    }
  }

  /// One of the values of `enum` or `const`, in the form in which JSON is written here.
  private mutating func value(
    _ choices: [JSON], of schema: Schema, at place: String, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    guard schema.narrowed.isEmpty else {
      throw ConstraintError(
        .unsupported, at: place,
        "enum and const stand beside type alone here; leave out what else narrows the value")
    }
    let kept = choices.filter { choice in
      schema.types.map { $0.contains { choice.hasType($0) } } ?? true
    }
    try builder.texts(kept.map { $0.bytes() }, from: source, to: target)
  }

  // MARK: - Strings

  private mutating func string(
    _ schema: Schema, at place: String, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let start = try builder.state()
    let end = try builder.state()
    builder.edge("\"", from: source, to: start)
    builder.edge("\"", from: end, to: target)
    let (least, most) = (schema.minimumLength, schema.maximumLength)
    guard most.map({ least <= $0 }) ?? true else { return }
    if let pattern = schema.pattern {
      guard schema.format == nil else {
        throw ConstraintError(.unsupported, at: place, "pattern and format can't be joined here")
      }
      let here = place + "/pattern"
      var parser = try ExpressionParser(pattern, at: here, limits: builder.limits)
      // A pattern is looked for anywhere in the text.
      let search = Expression.sequence([.anything, try parser.expression(), .anything])
      builder.place = here
      return try builder.expression(
        search, least: least, most: most, form: .json, from: start, to: end)
    }
    if let format = schema.format {
      guard let source = StringFormat.expressions[format] else {
        throw ConstraintError(
          .unsupported, at: place + "/format", "the format \(format) is not supported")
      }
      var parser = try ExpressionParser(source, at: place, limits: builder.limits)
      return try builder.expression(
        try parser.expression(), least: least, most: most, form: .json, from: start, to: end)
    }
    let character = try characterRule()
    try repeated(from: start, to: end, least: least, most: most) {
      builder, from, to throws(ConstraintError) in builder.call(character, from: from, to: to)
    }
  }

  /// Repeats a step a number of times, or without end.
  private mutating func repeated(
    from start: Int32, to end: Int32, least: Int, most: Int?,
    _ step: (inout AutomatonBuilder, Int32, Int32) throws(ConstraintError) -> Void
  ) throws(ConstraintError) {
    var place = start
    for count in 0..<(most ?? least) {
      if count >= least { builder.jump(from: place, to: end) }
      let next = try builder.state()
      try step(&builder, place, next)
      place = next
    }
    builder.jump(from: place, to: end)
    if most == nil {
      let loop = try builder.state()
      builder.jump(from: place, to: loop)
      try step(&builder, loop, loop)
      builder.jump(from: loop, to: end)
    }
  }

  /// One character of a string, as it is or escaped in any way.
  private mutating func characterRule() throws(ConstraintError) -> Int32 {
    if let known = sharedCharacter { return known }
    let (rule, start, end) = try builder.rule()
    sharedCharacter = rule
    try builder.scalar(TextForm.unescaped, from: start, to: end)
    try builder.pattern(
      #"\\(["\\/bfnrt]|u([0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"#
        + #"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))"#,
      from: start, to: end)
    return rule
  }

  // MARK: - Lists and objects

  /// White space where JSON allows it: a blank, or a line break and the next line's indent.
  private mutating func space(
    from source: Int32
  ) throws(ConstraintError) -> Int32 {
    guard layout == .free else { return source }
    let target = try builder.state()
    if let known = sharedSpace {
      builder.call(known, from: source, to: target)
      return target
    }
    let (rule, start, end) = try builder.rule()
    sharedSpace = rule
    builder.jump(from: start, to: end)
    try builder.pattern("( |\\n {0,40})", from: start, to: end)
    builder.call(rule, from: source, to: target)
    return target
  }

  private mutating func step(
    _ character: Unicode.Scalar, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    let target = try builder.state()
    builder.edge(character, from: source, to: target)
    return target
  }

  private mutating func array(
    _ schema: Schema, at place: String, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    var here = try space(from: try step("[", from: source))
    let close = try builder.state()
    builder.edge("]", from: try space(from: close), to: target)
    let rest = try rule(for: schema.items ?? true, at: place + "/items")
    let counted = max(schema.minimumItems, schema.prefixItems.count)
    let most = schema.maximumItems
    var count = 0
    while count < most ?? counted {
      if count >= schema.minimumItems { builder.jump(from: here, to: close) }
      let item =
        count < schema.prefixItems.count
        ? try rule(for: schema.prefixItems[count], at: place + "/prefixItems/\(count)") : rest
      here = try element(item, isFirst: count == 0, from: here)
      count += 1
    }
    if count >= schema.minimumItems { builder.jump(from: here, to: close) }
    guard most == nil else { return }
    if count == 0 { here = try element(rest, isFirst: true, from: here) }
    let loop = try builder.state()
    builder.jump(from: here, to: loop)
    builder.jump(from: try element(rest, isFirst: false, from: loop), to: loop)
    builder.jump(from: loop, to: close)
  }

  private mutating func element(
    _ item: Int32, isFirst: Bool, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    let start = isFirst ? source : try space(from: try step(",", from: source))
    let end = try builder.state()
    builder.call(item, from: start, to: end)
    return end
  }

  private mutating func object(
    _ schema: Schema, at place: String, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    var properties = schema.properties
    for name in schema.required
    where !properties.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
      properties.append((name, schema.additional ?? true))
    }
    // Before the first member, and after one: the difference is the comma.
    var empty: Int32? = try space(from: try step("{", from: source))
    var begun = try builder.state()
    for property in properties {
      let member = try builder.state()
      if let empty { builder.jump(from: empty, to: member) }
      builder.jump(from: try space(from: try step(",", from: begun)), to: member)
      let colon = try builder.text(JSON.string(property.name).bytes(), from: member)
      let item = try rule(for: property.schema, at: place + "/properties/" + property.name)
      let after = try value(item, afterKey: colon)
      if schema.required.contains(where: { $0.utf8.elementsEqual(property.name.utf8) }) {
        empty = nil
      } else {
        builder.jump(from: begun, to: after)
      }
      begun = after
    }
    let close = try builder.state()
    builder.edge("}", from: try space(from: close), to: target)
    if let empty { builder.jump(from: empty, to: close) }
    builder.jump(from: begun, to: close)
    let others: JSON? = properties.isEmpty ? JSON.bool(true) : Optional.none
    guard let rest = schema.additional ?? others else { return }
    let item = try rule(for: rest, at: place + "/additionalProperties")
    let member = try builder.state()
    if let empty { builder.jump(from: empty, to: member) }
    builder.jump(from: try space(from: try step(",", from: begun)), to: member)
    let colon = try key(otherThan: properties.map(\.name), from: member)
    builder.jump(from: try value(item, afterKey: colon), to: begun)
  }

  private mutating func value(
    _ item: Int32, afterKey source: Int32
  ) throws(ConstraintError) -> Int32 {
    let start = try space(from: try step(":", from: source))
    let end = try builder.state()
    builder.call(item, from: start, to: end)
    return end
  }

  /// A name that is none of the given ones, written without escapes so that bytes can tell.
  private mutating func key(
    otherThan names: [String], from source: Int32
  ) throws(ConstraintError) -> Int32 {
    let start = try step("\"", from: source)
    let end = try builder.state()
    let free = try builder.state()
    builder.edge("\"", from: free, to: end)
    try builder.scalar(TextForm.unescaped, from: free, to: free)
    var places: [Int32: [UInt32: Int32]] = [:]
    var order = [start]
    var taken: Set<Int32> = []
    for name in names {
      var place = start
      for scalar in name.unicodeScalars {
        if let known = places[place]?[scalar.value] {
          place = known
          continue
        }
        let next = try builder.state()
        places[place, default: [:]][scalar.value] = next
        order.append(next)
        place = next
      }
      taken.insert(place)
    }
    for place in order {
      if !taken.contains(place) { builder.edge("\"", from: place, to: end) }
      let ways = (places[place] ?? [:]).sorted { $0.key < $1.key }
      let known = ScalarSet(ways.map { $0.key...$0.key })
      for way in ways where TextForm.unescaped.contains(way.key) {
        try builder.scalar(ScalarSet([way.key...way.key]), from: place, to: way.value)
      }
      try builder.scalar(TextForm.unescaped.subtracting(known), from: place, to: free)
    }
    return end
  }
}

extension JSON {
  fileprivate func hasType(_ name: String) -> Bool {
    switch (name, self) {
    case ("object", .object), ("array", .array), ("string", .string), ("number", .number),
      ("boolean", .bool), ("null", .null):
      true
    case ("integer", .number(let number)): Decimal(number)?.isWhole ?? false
    default: false
    }
  }
}
