import JSONCoding

/// One member of a configuration file, described once: the reader, the published schema and the page
/// of the specification all follow from it.
struct Setting: Sendable {
  let name: String
  /// A sentence that says what it does, and in what units.
  let help: String
  let kind: Kind
  /// What holds where it is absent; nil: nothing does.
  var standard: JSON?
  var isRequired = false
  /// Whether a running server takes a new value when it reads its file again.
  var isReloaded = false

  indirect enum Kind: Sendable {
    case whole(ClosedRange<Int>)
    case text(Form)
    case choice([String])
    case flag
    case list(Kind, atMost: Int)
    case group([Setting])
  }

  /// What a text has to look like.
  enum Form: Sendable {
    /// Anything of 1 to 1,024 bytes.
    case words
    /// `http://` or `https://`, a host, and perhaps a path.
    case url
    /// 32 bytes in lower-case hexadecimal.
    case digest
    /// An amount in WHN, such as `2.5`.
    case amount
  }
}

extension Setting.Form {
  static let longest = 1_024

  /// What a text of this form is, for people.
  var words: String {
    switch self {
    case .words: "a text of 1 to \(Self.longest) bytes"
    case .url: "an address such as http://127.0.0.1:8800"
    case .digest: "64 lower-case hexadecimal digits"
    case .amount: "an amount of WHN in a text, such as \"2.5\""
    }
  }

  /// The same as a regular expression, for JSON Schema; nil where the length says all.
  var pattern: String? {
    switch self {
    case .words: nil
    case .url: "^https?://[^/?#@\\s]+(/[^?#\\s]*)?$"
    case .digest: "^[0-9a-f]{64}$"
    case .amount: "^[0-9]{1,20}(\\.[0-9]{1,18})?$"
    }
  }

  func accepts(_ text: String) -> Bool {
    guard (1...Self.longest).contains(text.utf8.count), !text.utf8.contains(0) else { return false }
    switch self {
    case .words: return true
    case .url: return text.wholeMatch(of: /https?:\/\/[^\/?#@\s]+(\/[^?#\s]*)?/) != nil
    case .digest: return text.wholeMatch(of: /[0-9a-f]{64}/) != nil
    case .amount: return text.wholeMatch(of: /[0-9]{1,20}(\.[0-9]{1,18})?/) != nil
    }
  }
}

// MARK: - The published schema

extension Setting {
  /// These settings as a JSON Schema (draft 2020-12) of one object.
  static func schema(of settings: [Setting], title: String, id: String) -> JSON {
    var schema = JSONObject([
      .init(name: "$schema", value: "https://json-schema.org/draft/2020-12/schema"),
      .init(name: "$id", value: .string(id)),
      .init(name: "title", value: .string(title)),
    ])
    for member in groupSchema(settings) { schema[member.name] = member.value }
    return .object(schema)
  }

  private static func groupSchema(_ settings: [Setting]) -> [JSONObject.Member] {
    var members: [JSONObject.Member] = [
      .init(name: "type", value: "object"),
      .init(
        name: "properties",
        value: .object(
          JSONObject(settings.map { .init(name: $0.name, value: .object($0.schema)) }))),
    ]
    let required = settings.filter(\.isRequired).map { JSON.string($0.name) }
    if !required.isEmpty { members.append(.init(name: "required", value: .array(required))) }
    return members + [.init(name: "additionalProperties", value: false)]
  }

  private var schema: JSONObject {
    var schema = JSONObject([.init(name: "description", value: .string(help))])
    for member in Self.members(of: kind) { schema[member.name] = member.value }
    schema["default"] = standard
    return schema
  }

  private static func members(of kind: Kind) -> [JSONObject.Member] {
    switch kind {
    case .whole(let range):
      return [
        .init(name: "type", value: "integer"),
        .init(name: "minimum", value: .integer(range.lowerBound)),
        .init(name: "maximum", value: .integer(range.upperBound)),
      ]
    case .text(let form):
      var members: [JSONObject.Member] = [
        .init(name: "type", value: "string"), .init(name: "minLength", value: 1),
        .init(name: "maxLength", value: .integer(Form.longest)),
      ]
      if let pattern = form.pattern {
        members.append(.init(name: "pattern", value: .string(pattern)))
      }
      return members
    case .choice(let words):
      return [.init(name: "enum", value: .array(words.map(JSON.string)))]
    case .flag: return [.init(name: "type", value: "boolean")]
    case .list(let element, let count):
      return [
        .init(name: "type", value: "array"), .init(name: "maxItems", value: .integer(count)),
        .init(name: "items", value: .object(JSONObject(Self.members(of: element)))),
      ]
    case .group(let settings): return groupSchema(settings)
    }
  }
}

// MARK: - The page

extension Setting {
  /// One row for each setting that is no group: its path, what it takes, what holds without it.
  static func rows(
    of settings: [Setting], below path: String = ""
  ) -> [(path: String, takes: String, standard: String, help: String)] {
    settings.flatMap { setting in
      let here = path.isEmpty ? setting.name : "\(path).\(setting.name)"
      switch setting.kind {
      case .group(let inner): return rows(of: inner, below: here)
      case .list(.group(let inner), _):
        return [setting.row(at: here)] + rows(of: inner, below: "\(here)[]")
      default: return [setting.row(at: here)]
      }
    }
  }

  private func row(
    at path: String
  ) -> (path: String, takes: String, standard: String, help: String) {
    (
      path, kind.words, isRequired ? "required" : standard?.text() ?? "",
      help + (isReloaded ? " Reloaded." : "")
    )
  }
}

extension Setting.Kind {
  /// What it takes, for people.
  var words: String {
    switch self {
    case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .text(let form): form.words
    case .choice(let words): words.joined(separator: " or ")
    case .flag: "true or false"
    case .list(.group, let count): "a list of at most \(count) objects"
    case .list(let element, let count): "a list of at most \(count), each \(element.words)"
    case .group: "an object"
    }
  }
}
