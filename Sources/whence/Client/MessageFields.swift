import CanonicalCoding
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

/// A message as it is typed: a name, and its fields as `NAME=VALUE`.
///
/// Dots reach into a field's own fields. A value is `@NAME` for the account of a key that is here,
/// an amount such as `1.5WHN`, a share such as `7.5%`, JSON, or plain text.
struct MessageFields {
  let names: AccountNames

  /// - Throws: ``UsageError`` that names the field.
  func message(named name: String, fields: [String]) throws -> Message {
    let kind = name.replacing("-", with: "_")
    guard MessageKind(codedText: kind) != nil else {
      let all = MessageKind.allCases.map(\.codedText)
      let guess = closest(to: kind, among: all).map { "did you mean \($0)?" }
      throw UsageError(
        "there is no message \"\(name)\"; " + (guess ?? "there are \(all.joined(separator: ", "))"))
    }
    var object = JSONObject()
    for field in fields {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw UsageError("a field is NAME=VALUE, not \"\(field)\"") }
      let path = parts[0].split(separator: ".").map { String($0).replacing("-", with: "_") }
      object = try put(value(String(parts[1])), at: path[...], in: object)
    }
    do {
      return try Message(json: .object(JSONObject([.init(name: kind, value: .object(object))])))
    } catch let error as JSONValueError {
      let place = error.path.split(separator: ".").dropFirst().joined(separator: ".")
      throw UsageError(
        "\(kind)\(place.isEmpty ? "" : ", field \(place)"): \(error.reason); "
          + "docs/spec/messages.md lists the fields")
    }
  }

  private func put(
    _ value: JSON, at path: ArraySlice<String>, in object: JSONObject
  ) throws(UsageError) -> JSONObject {
    guard let name = path.first else { throw UsageError("a field has a name before its =") }
    var object = object
    object[name] =
      path.count == 1
      ? value
      : .object(try put(value, at: path.dropFirst(), in: object[name]?.object ?? JSONObject()))
    return object
  }

  private func value(_ text: String) throws -> JSON {
    if text.hasPrefix("@") {
      return .string(try names.account(String(text.dropFirst())).description)
    }
    if text.hasSuffix("WHN"), let amount = Self.scaled(text.dropLast(3), places: 18) {
      return .string(amount.description)
    }
    if text.hasSuffix("%"), let share = Self.scaled(text.dropLast(), places: 7) {
      return .integer(share)
    }
    guard "{[\"-0123456789tfn".contains(text.prefix(1)), !text.isEmpty,
      let json = try? JSON(parsing: Array(text.utf8))
    else { return .string(text) }
    return json
  }

  /// Reads a decimal fraction as a whole number of its smallest places; nil if it has more.
  static func scaled(_ text: Substring, places: Int) -> UInt128? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= places, parts[0].allSatisfy(\.isNumber),
      fraction.allSatisfy(\.isNumber),
      !parts[0].isEmpty
    else { return nil }
    return UInt128(parts[0] + fraction + String(repeating: "0", count: places - fraction.count))
  }
}
