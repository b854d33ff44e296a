/// The methods of text, dictionaries and loops.
///
/// Those that change a list or dictionary are missing:
/// the sandbox of the reference refuses them too.
enum Methods {
  private static let text: Set<String> = [
    "capitalize", "count", "endswith", "find", "format", "isalnum", "isalpha", "isdigit", "islower",
    "isspace", "isupper", "join", "lower", "lstrip", "removeprefix", "removesuffix", "replace",
    "rfind", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper",
  ]
  private static let map: Set<String> = ["copy", "get", "items", "keys", "values"]
  private static let list: Set<String> = ["copy", "count", "index"]
  private static let loop: Set<String> = ["changed", "cycle"]

  static func exists(_ name: String, on value: Value) -> Bool {
    switch value {
    case .text: text.contains(name)
    case .map: map.contains(name)
    case .list: list.contains(name)
    case .loop: loop.contains(name)
    default: false
    }
  }
}

extension Renderer {
  mutating func call(
    method name: String, of object: Value, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch object {
    case .text(let text):
      try charge(bytes: text.count)
      return try call(method: name, of: text, arguments)
    case .map(let map): return try call(method: name, of: map, arguments)
    case .list(let list): return try call(method: name, of: list, arguments)
    case .loop(let index): return try call(method: name, ofLoop: index, arguments)
    default: throw error(.wrongType, "\(object.kindName) has no methods")
    }
  }

  private mutating func call(
    method name: String, of map: Map, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    if name == "get" {
      let bound = try bind(arguments, ["key", "default"], of: name)
      return bound[0].flatMap { MapKey($0) }.flatMap { map[$0] } ?? bound[1] ?? .none
    }
    _ = try bind(arguments, [], of: name)
    switch name {
    case "items": return try list(pairs(of: map))
    case "keys": return try list(map.members.map(\.key.value))
    case "values": return try list(map.members.map(\.value))
    default: return .map(map)
    }
  }

  private mutating func call(
    method name: String, of list: List, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    if name == "copy" { return .list(list) }
    guard let wanted = try bind(arguments, ["value"], of: name)[0] else {
      throw error(.badArgument, "\(name) takes a value")
    }
    var count = 0
    for (index, element) in list.elements.enumerated() where try areEqual(element, wanted) {
      if name == "index" { return .integer(index) }
      count += 1
    }
    guard name == "count" else { throw error(.badArgument, "the list does not hold this value") }
    return .integer(count)
  }

  private mutating func call(
    method name: String, ofLoop index: Int, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    guard arguments.named.isEmpty else { throw error(.badArgument, "\(name) takes values alone") }
    if name == "changed" {
      let last = loops[index].lastChecked
      loops[index].lastChecked = arguments.positional
      guard let last else { return .bool(true) }
      return .bool(!(try areEqual(.list(List(last)), .list(List(arguments.positional)))))
    }
    guard !arguments.positional.isEmpty else { throw error(.badArgument, "cycle takes values") }
    return arguments.positional[loops[index].index % arguments.positional.count]
  }

  private mutating func call(
    method name: String, of text: MarkedText, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = try bind(arguments, ["chars"], of: name)[0]
      return .text(
        try trimmed(text, characters, start: name != "rstrip", end: name != "lstrip"))
    case "split", "rsplit":
      let bound = try bind(arguments, ["sep", "maxsplit"], of: name)
      return try list(try split(text, bound, fromEnd: name == "rsplit").map { .text($0) })
    case "splitlines":
      let keeps = try bind(arguments, ["keepends"], of: name)[0]?.isTrue == true
      return try list(lines(of: text, keepsBreaks: keeps).map { .text($0) })
    case "replace":
      let bound = try bind(arguments, ["old", "new", "count"], of: name)
      return .text(try replaced(text, bound[0], by: bound[1], bound[2]))
    case "join":
      var arguments = arguments
      guard arguments.positional.count == 1 else {
        throw error(.badArgument, "join takes one list")
      }
      let parts = arguments.positional.removeFirst()
      for part in try elements(of: parts) { _ = try self.text(argument: part, "what is joined") }
      return .text(try self.text(.join, parts, Arguments(positional: [.text(text)])))
    case "startswith", "endswith", "removeprefix", "removesuffix", "find", "rfind", "count":
      return try search(name, text, arguments)
    case "format": return .text(try placed(text, arguments))
    default:
      _ = try bind(arguments, [], of: name)
      return try call(plainMethod: name, of: text)
    }
  }

  private func call(plainMethod name: String, of text: MarkedText) throws(TemplateError) -> Value {
    let scalars = text.string.unicodeScalars
    switch name {
    case "lower": return .text(text.replaced(by: text.string.lowercased()))
    case "upper": return .text(text.replaced(by: text.string.uppercased()))
    case "capitalize": return .text(capitalized(text))
    case "title": return .text(titled(text) { !$0.properties.isCased })
    case "isspace": return .bool(!text.isEmpty && scalars.allSatisfy(\.isPythonSpace))
    case "isdigit":
      return .bool(!text.isEmpty && scalars.allSatisfy { $0.properties.numericType == .decimal })
    case "isalpha":
      return .bool(!text.isEmpty && scalars.allSatisfy { $0.properties.isAlphabetic })
    case "isalnum":
      return .bool(
        !text.isEmpty
          && scalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil })
    default:
      let test: Test = name == "isupper" ? .upper : .lower
      var renderer = self
      return .bool(try renderer.holds(test, for: .text(text), Arguments()))
    }
  }

  private mutating func search(
    _ name: String, _ text: MarkedText, _ arguments: Arguments
  ) throws(TemplateError) -> Value {
    let argument = try bind(arguments, ["value"], of: name)[0]
    if case .list(let choices)? = argument, name == "startswith" || name == "endswith" {
      for choice in choices.elements {
        let found = try search(name, text, Arguments(positional: [choice]))
        if found.isTrue { return found }
      }
      return .bool(false)
    }
    let part = try self.text(argument: argument, "\(name)'s argument")
    switch name {
    case "startswith": return .bool(text.hasPrefix(part))
    case "endswith": return .bool(text.hasSuffix(part))
    case "removeprefix":
      return .text(text.hasPrefix(part) ? text[part.count..<text.count] : text)
    case "removesuffix":
      return .text(text.hasSuffix(part) ? text[0..<(text.count - part.count)] : text)
    case "count":
      return .integer(try split(text, [.text(part), nil], fromEnd: false).count - 1)
    default:
      try chargeSearch(for: part, in: text)
      let offset = name == "find" ? text.offset(of: part) : text.lastOffset(of: part)
      return .integer(offset.map { text[0..<$0].scalarCount } ?? -1)
    }
  }

  private mutating func split(
    _ text: MarkedText, _ bound: [Value?], fromEnd: Bool
  ) throws(TemplateError) -> [MarkedText] {
    var limit = try wholeNumber(bound[1] ?? .integer(-1), "how often to split")
    if limit < 0 { limit = .max }
    switch bound[0] {
    case nil, .some(.none): return try words(of: text, limit: limit, fromEnd: fromEnd)
    default: break
    }
    let separator = try self.text(argument: bound[0], "a separator")
    guard !separator.isEmpty else { throw error(.badArgument, "a separator is not empty") }
    try chargeSearch(for: separator, in: text)
    let cuts = places(of: separator, in: text, fromEnd: fromEnd)
    let taken = fromEnd ? cuts.suffix(min(limit, cuts.count)) : cuts.prefix(limit)
    try charge(taken.count)
    var parts: [MarkedText] = []
    var start = 0
    for cut in taken {
      parts.append(text[start..<cut.lowerBound])
      start = cut.upperBound
    }
    return parts + [text[start..<text.count]]
  }

  private func places(
    of separator: MarkedText, in text: MarkedText, fromEnd: Bool
  ) -> [Range<Int>] {
    var places: [Range<Int>] = []
    if fromEnd {
      var rest = text
      while let offset = rest.lastOffset(of: separator) {
        places.append(offset..<(offset + separator.count))
        rest = rest[0..<offset]
      }
      return places.reversed()
    }
    var start = 0
    while let offset = text.offset(of: separator, from: start) {
      start = offset + separator.count
      places.append(offset..<start)
    }
    return places
  }

  /// The words between white space; once the limit is reached, the rest as it stands.
  private mutating func words(
    of text: MarkedText, limit: Int, fromEnd: Bool
  ) throws(TemplateError) -> [MarkedText] {
    var words: [Range<Int>] = []
    var offset = 0
    for scalar in text.string.unicodeScalars {
      let end = offset + scalar.utf8.count
      if !scalar.isPythonSpace {
        if let last = words.last, last.upperBound == offset {
          words[words.count - 1] = last.lowerBound..<end
        } else {
          words.append(offset..<end)
        }
      }
      offset = end
    }
    try charge(words.count)
    guard limit < words.count else { return words.map { text[$0] } }
    let rest = words.count - limit
    return fromEnd
      ? [text[0..<words[rest - 1].upperBound]] + words[rest...].map { text[$0] }
      : words[..<limit].map { text[$0] } + [text[words[limit].lowerBound..<text.count]]
  }

  /// Python's `str.format` for `{}`, `{0}` and `{name}` without a form.
  private mutating func placed(
    _ text: MarkedText, _ arguments: Arguments
  ) throws(TemplateError) -> MarkedText {
    var result = MarkedText()
    var start = 0
    var next = 0
    var offset = 0
    while offset < text.count {
      let byte = text.bytes[offset]
      guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") else {
        offset += 1
        continue
      }
      result.append(text[start..<offset])
      if offset + 1 < text.count, text.bytes[offset + 1] == byte {
        result.append(text[offset..<(offset + 1)])
        offset += 2
      } else {
        guard byte == UInt8(ascii: "{"),
          let end = text.offset(of: MarkedText("}"), from: offset)
        else { throw error(.badArgument, "a brace in a format has no other half") }
        let name = text[(offset + 1)..<end].string
        let value: Value?
        if name.isEmpty || name.utf8.allSatisfy(isDigit) {
          let place = Int(name) ?? next
          value = arguments.positional.indices.contains(place) ? arguments.positional[place] : nil
          next += 1
        } else {
          value = arguments.named.first { $0.name == name }?.value
        }
        guard let value else {
          throw error(.badArgument, "the format's place {\(name)} has no value")
        }
        let text = try self.text(of: value)
        try charge(bytes: text.count)
        result.append(text)
        offset = end + 1
      }
      start = offset
    }
    result.append(text[start..<text.count])
    return result
  }
}
