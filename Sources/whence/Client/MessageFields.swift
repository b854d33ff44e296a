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
    var typed: [Field] = []
    for text in fields {
      let field = try field(text)
      guard !typed.contains(where: { $0.path == field.path }) else {
        throw UsageError("\(field.path.joined(separator: ".")) is given twice")
      }
      typed.append(field)
    }
    // A field of text keeps what was typed, whatever that looks like.
    for index in typed.indices where typed[index].json != .string(typed[index].text) {
      var plain = typed
      plain[index].json = .string(typed[index].text)
      if (try? message(kind, plain)) != nil { typed = plain }
    }
    do {
      let message = try message(kind, typed)
      // A share is a number in JSON, and an amount is text.
      for field in typed where field.isShare && field.json != .string(field.text) {
        let read = try field.path.reduce(JSON(encoding: message)[kind]) { $0?[$1] }
        guard read?.string == nil else {
          throw UsageError("\(field.path.joined(separator: ".")) is no share; give no percent")
        }
      }
      return message
    } catch let error as JSONValueError {
      if let failure = typed.compactMap(\.failure).first { throw failure }
      let place = error.path.split(separator: ".").dropFirst().joined(separator: ".")
      throw UsageError(
        "\(kind)\(place.isEmpty ? "" : ", field \(place)"): \(error.reason); "
          + "docs/spec/messages.md lists the fields")
    }
  }

  /// One field as it was typed, and as it is read.
  private struct Field {
    let path: [String]
    let text: String
    var json: JSON
    var isShare = false
    /// Why an account's name could not be read as one.
    var failure: CommandFailure?
  }

  private func field(_ typed: String) throws -> Field {
    let parts = typed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw UsageError("a field is NAME=VALUE, not \"\(typed)\"") }
    let path = parts[0].split(separator: ".").map { String($0).replacing("-", with: "_") }
    let text = String(parts[1])
    do {
      let json = try value(text)
      return Field(path: path, text: text, json: json, isShare: text.hasSuffix("%"))
    } catch let failure as CommandFailure {
      return Field(path: path, text: text, json: .string(text), failure: failure)
    }
  }

  private func message(_ kind: String, _ fields: [Field]) throws -> Message {
    var object = JSONObject()
    for field in fields { object = try put(field.json, at: field.path[...], in: object) }
    return try Message(json: .object(JSONObject([.init(name: kind, value: .object(object))])))
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
