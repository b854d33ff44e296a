internal import JSONCoding

/// JSON Schema as its pages say, checked on a whole document, for the keywords that are supported.
struct SlowValidator {
  let document: JSON

  func holds(_ schema: JSON, _ value: JSON) -> Bool {
    if let isAllowed = schema.bool { return isAllowed }
    guard let object = schema.object else { return false }
    return object.members.allSatisfy { holds($0.name, $0.value, value, object) }
  }

  private func holds(
    _ keyword: String, _ argument: JSON, _ value: JSON, _ schema: JSONObject
  ) -> Bool {
    switch keyword {
    case "$ref":
      var found = document
      for name in (argument.string ?? "").split(separator: "/").dropFirst() {
        found = found[String(name)] ?? false
      }
      return holds(found, value)
    case "type":
      return (argument.array ?? [argument]).contains { hasType($0.string ?? "", value) }
    case "enum": return (argument.array ?? []).contains(value)
    case "const": return argument == value
    case "anyOf", "oneOf": return (argument.array ?? []).contains { holds($0, value) }
    case "allOf": return (argument.array ?? []).allSatisfy { holds($0, value) }
    default: break
    }
    switch value {
    case .string(let text): return holdsForText(keyword, argument, text)
    case .number(let number): return holdsForNumber(keyword, argument, number)
    case .array(let items): return holdsForList(keyword, argument, items, schema)
    case .object(let members): return holdsForObject(keyword, argument, members, schema)
    default: return true
    }
  }

  private func hasType(_ name: String, _ value: JSON) -> Bool {
    switch name {
    case "object": value.object != nil
    case "array": value.array != nil
    case "string": value.string != nil
    case "number": value.number != nil
    case "integer": value.number.map { !$0.text.contains(".") && !$0.text.contains("e") } ?? false
    case "boolean": value.bool != nil
    default: value.isNull
    }
  }

  private func holdsForText(_ keyword: String, _ argument: JSON, _ text: String) -> Bool {
    let length = text.unicodeScalars.count
    switch keyword {
    case "minLength": return length >= argument.integer() ?? 0
    case "maxLength": return length <= argument.integer() ?? 0
    case "pattern":
      guard let regex = try? Regex(argument.string ?? "") else { return false }
      return text.firstMatch(of: regex.matchingSemantics(.unicodeScalar)) != nil
    case "format": return hasFormat(argument.string ?? "", text)
    default: return true
    }
  }

  private func hasFormat(_ name: String, _ text: String) -> Bool {
    switch name {
    case "date": isDate(text)
    case "date-time":
      isDate(String(text.prefix(10))) && text.dropFirst(10).first == "T"
        && isTime(String(text.dropFirst(11)))
    case "time": isTime(text)
    case "ipv4":
      text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
        (UInt8($0).map { String($0) } ?? "") == $0
      } && text.split(separator: ".").count == 4
    case "uuid": text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12]
    case "email": text.split(separator: "@").count == 2
    default: true
    }
  }

  private func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3, text.count == 10, (1...12).contains(parts[1]) else { return false }
    let isLeap = parts[0] % 4 == 0 && (parts[0] % 100 != 0 || parts[0] % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[parts[1] - 1]).contains(parts[2])
  }

  private func isTime(_ text: String) -> Bool {
    let clock = text.prefix(8).split(separator: ":").compactMap { Int($0) }
    return clock.count == 3 && clock[0] < 24 && clock[1] < 60 && clock[2] < 60
      && (text.hasSuffix("Z") || "+-".contains(text.dropLast(5).last ?? "x"))
  }

  private func holdsForNumber(_ keyword: String, _ argument: JSON, _ number: JSONNumber) -> Bool {
    guard let value = Double(number.text), let bound = argument.number.flatMap({ Double($0.text) })
    else { return true }
    switch keyword {
    case "minimum": return value >= bound
    case "maximum": return value <= bound
    case "exclusiveMinimum": return value > bound
    case "exclusiveMaximum": return value < bound
    default: return true
    }
  }

  private func holdsForList(
    _ keyword: String, _ argument: JSON, _ items: [JSON], _ schema: JSONObject
  ) -> Bool {
    let prefix = schema["prefixItems"]?.array ?? []
    switch keyword {
    case "minItems": return items.count >= argument.integer() ?? 0
    case "maxItems": return items.count <= argument.integer() ?? 0
    case "items": return items.dropFirst(prefix.count).allSatisfy { holds(argument, $0) }
    case "prefixItems": return zip(prefix, items).allSatisfy { holds($0, $1) }
    default: return true
    }
  }

  private func holdsForObject(
    _ keyword: String, _ argument: JSON, _ object: JSONObject, _ schema: JSONObject
  ) -> Bool {
    switch keyword {
    case "properties":
      return (argument.object?.members ?? []).allSatisfy { member in
        object[member.name].map { holds(member.value, $0) } ?? true
      }
    case "required":
      return (argument.array ?? []).allSatisfy { object[$0.string ?? ""] != nil }
    case "additionalProperties":
      return object.members.allSatisfy {
        schema["properties"]?[$0.name] != nil || holds(argument, $0.value)
      }
    default: return true
    }
  }
}
