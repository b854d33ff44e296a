internal import JSONCoding

/// The keywords of JSON Schema (2020-12) and what is done with them.
enum SchemaKeyword {
  /// They say nothing about what is valid.
  static let annotations: Set<String> = [
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "$schema", "$id", "$comment", "$defs", "definitions", "$anchor",
  ]
  /// Which type a keyword narrows.
  static let typeOfKeyword: [String: String] = [
    "properties": "object", "required": "object", "additionalProperties": "object",
    "items": "array", "prefixItems": "array", "minItems": "array", "maxItems": "array",
    "minLength": "string", "maxLength": "string", "pattern": "string", "format": "string",
    "minimum": "number", "maximum": "number", "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
  ]
  static let others: Set<String> = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"]
  static let types = ["object", "array", "string", "number", "integer", "boolean", "null"]
}

/// A schema without references and `allOf`: what one rule of the automaton is made from.
struct Schema {
  /// Nil for every type.
  var types: [String]?
  /// The values of `enum` and `const`.
  var choices: [JSON]?
  /// For each `anyOf`, its schemas: one of every list holds.
  var alternatives: [[JSON]] = []
  var properties: [(name: String, schema: JSON)] = []
  var required: [String] = []
  /// Nil if the schema doesn't say.
  var additional: JSON?
  var prefixItems: [JSON] = []
  var items: JSON?
  var minimumItems = 0
  var maximumItems: Int?
  var minimumLength = 0
  var maximumLength: Int?
  var pattern: String?
  var format: String?
  var low: Bound?
  var high: Bound?
  var isImpossible = false
  /// The types that some keyword narrows.
  var narrowed: Set<String> = []
  /// All that was read, object by object, without references, `allOf`, `anyOf` and annotations.
  var parts: [JSON] = []
}

/// Reads a schema and all that holds beside it.
struct SchemaReader {
  let document: JSON
  let limits: ConstraintLimits
  private var reads = 0

  init(document: JSON, limits: ConstraintLimits) {
    self.document = document
    self.limits = limits
  }

  mutating func schema(_ json: JSON, at place: String) throws(ConstraintError) -> Schema {
    var schema = Schema()
    var pending = [(json, place)]
    while let (json, place) = pending.popLast() {
      reads += 1
      guard reads <= limits.schemas else {
        throw ConstraintError(
          .tooLarge, at: place, "more than \(limits.schemas) schemas come of it")
      }
      switch json {
      case .bool(let isAllowed): if !isAllowed { schema.isImpossible = true }
      case .object(let object):
        // Backwards, so that the first of `allOf` is read first.
        for part in try read(object, into: &schema, at: place).reversed() { pending.append(part) }
      default:
        throw ConstraintError(.invalid, at: place, "a schema is an object, true or false")
      }
    }
    return schema
  }

  /// Joins an object's own keywords to a schema; returns what has to be read too.
  private mutating func read(
    _ object: JSONObject, into schema: inout Schema, at place: String
  ) throws(ConstraintError) -> [(JSON, String)] {
    var more: [(JSON, String)] = []
    try readProperties(of: object, into: &schema, at: place)
    for member in object.members {
      let here = place + "/" + escaped(member.name)
      let value = member.value
      if let type = SchemaKeyword.typeOfKeyword[member.name] { schema.narrowed.insert(type) }
      switch member.name {
      case "properties", "additionalProperties": break
      case "$ref": more.append((try target(of: value, at: here), here))
      case "allOf":
        for (index, part) in try list(value, at: here).enumerated() {
          more.append((part, here + "/\(index)"))
        }
      // One of them exactly, says `oneOf`; what fits several is written all the same.
      case "anyOf", "oneOf": schema.alternatives.append(try list(value, at: here))
      case "type": try narrow(&schema.types, to: types(value, at: here))
      case "enum": narrow(&schema.choices, to: try list(value, at: here))
      case "const": narrow(&schema.choices, to: [value])
      case "required": schema.required += try texts(value, at: here)
      case _ where SchemaKeyword.annotations.contains(member.name): break
      case _ where SchemaKeyword.typeOfKeyword[member.name] != nil:
        try readBounds(member.name, value, into: &schema, at: here)
      default:
        throw ConstraintError(
          .unsupported, at: here, "the keyword \(member.name) is not supported; leave it out")
      }
    }
    let own = object.members.filter {
      !["$ref", "allOf", "anyOf", "oneOf"].contains($0.name)
        && !SchemaKeyword.annotations.contains($0.name)
    }
    if !own.isEmpty, !schema.parts.contains(.object(JSONObject(own))) {
      schema.parts.append(.object(JSONObject(own)))
    }
    return more
  }

  private func escaped(_ name: String) -> String {
    name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
      .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
  }

  // MARK: - Keywords

  private func list(_ value: JSON, at place: String) throws(ConstraintError) -> [JSON] {
    guard let list = value.array, !list.isEmpty else {
      throw ConstraintError(.invalid, at: place, "this is a list of at least one")
    }
    guard list.count <= limits.schemas else {
      throw ConstraintError(.tooLarge, at: place, "a list has at most \(limits.schemas) here")
    }
    return list
  }

  private func texts(_ value: JSON, at place: String) throws(ConstraintError) -> [String] {
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count else {
      throw ConstraintError(.invalid, at: place, "this is a list of texts")
    }
    guard texts.count <= limits.schemas else {
      throw ConstraintError(.tooLarge, at: place, "a list has at most \(limits.schemas) here")
    }
    return texts
  }

  private func types(_ value: JSON, at place: String) throws(ConstraintError) -> [String] {
    let types = if let type = value.string { [type] } else { try texts(value, at: place) }
    for type in types where !SchemaKeyword.types.contains(type) {
      throw ConstraintError(.invalid, at: place, "there is no type \(type)")
    }
    return types
  }

  private func narrow(_ types: inout [String]?, to new: [String]) {
    guard let old = types else {
      types = new
      return
    }
    let fits = { (type: String, others: [String]) in
      others.contains(type) || (type == "integer" && others.contains("number"))
    }
    types = SchemaKeyword.types.filter { type in
      fits(type, old) && fits(type, new) && (old.contains(type) || new.contains(type))
    }
  }

  private func narrow(_ choices: inout [JSON]?, to new: [JSON]) {
    choices = choices.map { $0.filter { new.contains($0) } } ?? new
  }

  private func target(of value: JSON, at place: String) throws(ConstraintError) -> JSON {
    guard let reference = value.string, reference.hasPrefix("#") else {
      throw ConstraintError(
        .unsupported, at: place, "only references into the schema itself, with #, are followed")
    }
    var found = document
    for part in reference.dropFirst().split(separator: "/") {
      let name = part.split(separator: "~1", omittingEmptySubsequences: false)
        .joined(separator: "/")
        .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
      guard let next = found[name] ?? Int(name).flatMap({ found[$0] }) else {
        throw ConstraintError(.invalid, at: place, "nothing is at \(reference)")
      }
      found = next
    }
    return found
  }

  /// Joins the members: what one schema says of a name holds beside what the other says of it, or
  /// of all names that it doesn't know.
  private mutating func readProperties(
    of object: JSONObject, into schema: inout Schema, at place: String
  ) throws(ConstraintError) {
    guard object["properties"] != nil || object["additionalProperties"] != nil else { return }
    guard let own = (object["properties"] ?? [:]).object else {
      throw ConstraintError(
        .invalid, at: place + "/properties", "this is an object of schemas")
    }
    reads += own.members.count
    guard reads <= limits.schemas else {
      throw ConstraintError(.tooLarge, at: place, "more than \(limits.schemas) schemas are read")
    }
    let rest = object["additionalProperties"]
    for index in schema.properties.indices {
      let name = schema.properties[index].name
      guard let other = own[name] ?? rest else { continue }
      schema.properties[index].schema = both(schema.properties[index].schema, other)
    }
    for member in own.members
    where !schema.properties.contains(where: { $0.name.utf8.elementsEqual(member.name.utf8) }) {
      let schemaOfRest = schema.additional.map { both($0, member.value) } ?? member.value
      schema.properties.append((member.name, schemaOfRest))
    }
    if let rest { schema.additional = schema.additional.map { both($0, rest) } ?? rest }
  }

  private func both(_ first: JSON, _ second: JSON) -> JSON {
    if first == second { return first }
    return ["allOf": .array([first, second])]
  }

  private func readBounds(
    _ name: String, _ value: JSON, into schema: inout Schema, at place: String
  ) throws(ConstraintError) {
    switch name {
    case "minItems": schema.minimumItems = max(schema.minimumItems, try count(value, at: place))
    case "maxItems":
      schema.maximumItems = min(schema.maximumItems ?? .max, try count(value, at: place))
    case "minLength":
      schema.minimumLength = max(schema.minimumLength, try count(value, at: place))
    case "maxLength":
      schema.maximumLength = min(schema.maximumLength ?? .max, try count(value, at: place))
    case "pattern": try keep(&schema.pattern, value.string, at: place)
    case "format": try keep(&schema.format, value.string, at: place)
    case "items":
      guard schema.prefixItems.isEmpty || schema.items == nil else {
        throw ConstraintError(.unsupported, at: place, "items beside others can't be joined")
      }
      schema.items = schema.items.map { both($0, value) } ?? value
    case "prefixItems":
      guard schema.prefixItems.isEmpty else {
        throw ConstraintError(.unsupported, at: place, "two lists of prefixItems can't be joined")
      }
      schema.prefixItems = try list(value, at: place)
    default: try readRange(name, value, into: &schema, at: place)
    }
  }

  private func readRange(
    _ name: String, _ value: JSON, into schema: inout Schema, at place: String
  ) throws(ConstraintError) {
    guard let number = value.number, let decimal = Decimal(number) else {
      throw ConstraintError(.invalid, at: place, "this is a number of at most 300 digits")
    }
    let bound = Bound(value: decimal, isExclusive: name.hasPrefix("exclusive"))
    if name == "minimum" || name == "exclusiveMinimum" {
      guard let old = schema.low else { return schema.low = bound }
      let isTighter = old.value < decimal || (old.value == decimal && bound.isExclusive)
      if isTighter { schema.low = bound }
    } else {
      guard let old = schema.high else { return schema.high = bound }
      let isTighter = decimal < old.value || (old.value == decimal && bound.isExclusive)
      if isTighter { schema.high = bound }
    }
  }

  private func count(_ value: JSON, at place: String) throws(ConstraintError) -> Int {
    guard let count = value.integer(as: Int.self), count >= 0 else {
      throw ConstraintError(.invalid, at: place, "this is a whole number that is not negative")
    }
    guard count <= limits.states else {
      throw ConstraintError(.tooLarge, at: place, "at most \(limits.states) are counted")
    }
    return count
  }

  private func keep(
    _ text: inout String?, _ new: String?, at place: String
  ) throws(ConstraintError) {
    guard let new else { throw ConstraintError(.invalid, at: place, "this is a text") }
    if let old = text, !old.utf8.elementsEqual(new.utf8) {
      throw ConstraintError(.unsupported, at: place, "two of them can't hold at once here")
    }
    text = new
  }
}
