import CanonicalCoding
import JSONCoding
import Ledger
import NodeHTTP

/// A message as it is typed: a name, and its fields as `NAME=VALUE`.
///
/// Dots reach into a field's own fields. The field's type says what its value is: a text is what was
/// typed, whatever that looks like; a list or an object is JSON; ``SpokenForms`` hold everywhere.
struct MessageFields {
  let names: AccountNames

  /// - Throws: ``UsageError`` that names the field.
  func message(named name: String, fields: [String]) throws(UsageError) -> Message {
    let kind = try Self.kind(named: name)
    var whole = JSONObject()
    for field in fields {
      let (path, text) = try Self.parts(of: field)
      whole = try put(text, at: path[...], in: whole, of: path)
    }
    do {
      return try Message(
        json: .object(JSONObject([.init(name: kind.codedText, value: .object(whole))])),
        typed: SpokenForms(names: names))
    } catch {
      let place = error.path.split(separator: ".").dropFirst().joined(separator: ".")
      throw UsageError(
        error.code,
        "\(kind.codedText)\(place.isEmpty ? "" : ", field \(place)"): \(error.reason); "
          + "`whence help send \(kind.codedText)` explains its fields")
    }
  }

  static func kind(named name: String) throws(UsageError) -> MessageKind {
    let word = name.replacing("-", with: "_")
    if let kind = MessageKind(codedText: word) { return kind }
    let guess = closest(to: word, among: MessageKind.allCases.map(\.codedText))
    throw UsageError(
      .messageUnknown,
      "there is no message \"\(name)\"; "
        + (guess.map { "did you mean \($0)?" } ?? "`whence help send` lists them"))
  }

  private static func parts(of field: String) throws(UsageError) -> (path: [String], text: String) {
    let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: ".", omittingEmptySubsequences: false)
      .map { String($0).replacing("-", with: "_") }
    guard parts.count == 2, !path.contains("") else {
      throw UsageError(.operandUnexpected, "a field is NAME=VALUE, not \"\(field)\"")
    }
    return (path, String(parts[1]))
  }

  private func put(
    _ text: String, at path: ArraySlice<String>, in object: JSONObject, of whole: [String]
  ) throws(UsageError) -> JSONObject {
    guard let name = path.first else { return object }
    let rest = path.dropFirst()
    var object = object
    let before = object[name]
    guard before == nil || !rest.isEmpty && before?.object != nil else {
      let part = whole.prefix(whole.count - rest.count).joined(separator: ".")
      throw UsageError(.fieldRepeated, "\(part) is given twice")
    }
    object[name] =
      rest.isEmpty
      ? .string(text)
      : .object(try put(text, at: rest, in: before?.object ?? JSONObject(), of: whole))
    return object
  }
}
