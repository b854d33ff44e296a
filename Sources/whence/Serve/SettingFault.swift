import JSONCoding

/// What is wrong with one member of a configuration, and where it stands.
struct SettingFault: Error, Equatable, CustomStringConvertible {
  /// Such as `limits.rows` or `api_keys[2].digest`; empty for the whole file.
  let path: String
  let message: String

  var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

extension Setting {
  /// Everything that is wrong with an object of these settings, in the order of the file.
  static func faults(
    in json: JSON, of settings: [Setting], at path: String = ""
  ) -> [SettingFault] {
    guard let object = json.object else {
      return [SettingFault(path: path, message: "takes an object, not \(json.shown)")]
    }
    var faults: [SettingFault] = []
    for member in object.members {
      let here = path.isEmpty ? member.name : "\(path).\(member.name)"
      if let setting = settings.first(where: { $0.name == member.name }) {
        faults += Self.faults(in: member.value, of: setting.kind, at: here)
      } else {
        let guess = closest(to: member.name, among: settings.map(\.name))
        faults.append(
          SettingFault(
            path: here,
            message: "there is no such member"
              + (guess.map { "; did you mean \($0)?" }
                ?? "; there are \(settings.map(\.name).joined(separator: ", "))")))
      }
    }
    for missing in settings where missing.isRequired && object[missing.name] == nil {
      faults.append(
        SettingFault(
          path: path.isEmpty ? missing.name : "\(path).\(missing.name)",
          message: "is missing; it takes \(missing.kind.words)"))
    }
    return faults
  }

  private static func faults(in json: JSON, of kind: Kind, at path: String) -> [SettingFault] {
    func refused() -> [SettingFault] {
      [SettingFault(path: path, message: "takes \(kind.words), not \(json.shown)")]
    }
    switch kind {
    case .whole(let range):
      guard let number = json.integer(as: Int.self), range.contains(number) else {
        return refused()
      }
    case .text(let form):
      guard let text = json.string, form.accepts(text) else { return refused() }
    case .choice(let words):
      guard let word = json.string, words.contains(word) else { return refused() }
    case .flag:
      guard json.bool != nil else { return refused() }
    case .list(let element, let count):
      guard let list = json.array, list.count <= count else { return refused() }
      return list.enumerated().flatMap { faults(in: $1, of: element, at: "\(path)[\($0)]") }
    case .group(let settings):
      return faults(in: json, of: settings, at: path)
    }
    return []
  }
}

extension JSON {
  /// A value in a message: short, in one line.
  fileprivate var shown: String {
    switch self {
    case .array(let list): "a list of \(list.count)"
    case .object: "an object"
    case .string(let text) where text.utf8.count > 80: "a text of \(text.utf8.count) bytes"
    default: text().inOneLine
    }
  }
}

/// The values of an object without faults, with what holds where one is absent.
struct SettingValues {
  let settings: [Setting]
  let json: JSON

  func value(_ name: String) -> JSON? { json[name] ?? setting(name).standard }

  /// - Precondition: a whole number that has a standard or is required.
  func whole(_ name: String) -> Int {
    guard let number = value(name)?.integer(as: Int.self) else {
      preconditionFailure("\(name) was checked, or has a standard")
    }
    return number
  }

  func wholeIfGiven(_ name: String) -> Int? { value(name)?.integer(as: Int.self) }
  func text(_ name: String) -> String? { value(name)?.string }
  func texts(_ name: String) -> [String]? { value(name)?.array?.compactMap(\.string) }
  func flag(_ name: String) -> Bool { value(name)?.bool ?? false }
  func has(_ name: String) -> Bool { json[name] != nil }

  func group(_ name: String) -> SettingValues {
    guard case .group(let inner) = setting(name).kind else {
      preconditionFailure("\(name) is a group")
    }
    return SettingValues(settings: inner, json: json[name] ?? [:])
  }

  func groups(_ name: String) -> [SettingValues] {
    guard case .list(.group(let inner), _) = setting(name).kind else {
      preconditionFailure("\(name) is a list of groups")
    }
    return (json[name]?.array ?? []).map { SettingValues(settings: inner, json: $0) }
  }

  private func setting(_ name: String) -> Setting {
    guard let setting = settings.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is one of the settings")
    }
    return setting
  }
}

extension SettingValues {
  /// The paths of settings that differ from other values of the same settings, and that a running
  /// server can't take.
  func fixedDifferences(from other: SettingValues, below path: String = "") -> [String] {
    settings.filter { !$0.isReloaded }.flatMap { setting -> [String] in
      let here = path.isEmpty ? setting.name : "\(path).\(setting.name)"
      if case .group = setting.kind {
        return group(setting.name)
          .fixedDifferences(from: other.group(setting.name), below: here)
      }
      return value(setting.name) == other.value(setting.name) ? [] : [here]
    }
  }
}
