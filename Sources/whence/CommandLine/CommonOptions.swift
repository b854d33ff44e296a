import Foundation
import Primitives

// What several commands take, and means the same to all of them.

extension Command.Option {
  static let node = Command.Option(
    name: "node", value: "URL", standard: "http://127.0.0.1:8800", help: "the node to ask")

  /// One folder for all, but that of the demo: the next demo throws that one away.
  static let data = Command.Option(
    name: "data", value: "DIR", standard: ".whence/node",
    help: "the folder of a node and of keys; the demo's is .whence/demo")

  static let signer = Command.Option(
    name: "as", value: "NAME",
    help: "the key that signs; customer, operator or the only one if left out")

  /// For whoever pays for answers.
  static let deposit = Command.Option(
    name: "deposit", value: "WHN",
    help: "what to put into a channel with the server where none is open; 100 if left out, or half "
      + "of what the account has")

  static let json = Command.Option(name: "json", help: "print JSON")
}

extension Arguments {
  /// The folder that `--data` names.
  func dataPath() throws(UsageError) -> String {
    guard let path = text("data"), !path.isEmpty else {
      throw UsageError(.optionInvalid, "--data takes a folder")
    }
    return path
  }

  /// Where the node that `--node` names answers.
  func nodeURL() throws(UsageError) -> String {
    let text = text("node") ?? ""
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.query() == nil,
      let host = url.host(), !host.isEmpty
    else {
      throw UsageError(
        .optionInvalid, "--node takes a URL, as in http://127.0.0.1:8800; \"\(text)\" is none")
    }
    return text
  }

  /// An amount in WHN, with or without the word; nil if it is not given.
  func amount(_ name: String) throws(UsageError) -> Amount? {
    guard let text = text(name) else { return nil }
    let number = text.hasSuffix("WHN") ? text.dropLast(3) : text[...]
    guard let baseUnits = SpokenForms.scaled(number, places: 18), baseUnits > 0 else {
      throw UsageError(
        .optionInvalid, "--\(name) takes an amount above 0 in WHN, as in 2.5, not \"\(text)\"")
    }
    return Amount(baseUnits: baseUnits)
  }

  /// The name that `--as` gives, or the likeliest of those that are here.
  /// - Throws: `key_unknown` where several are as likely.
  func signerName(in keys: KeyRing) throws -> String {
    if let name = text("as") { return name }
    let names = try keys.names
    if let likely = ["customer", "operator"].first(where: names.contains) { return likely }
    guard let only = names.first, names.count == 1 else {
      throw CommandFailure(
        .keyUnknown,
        names.isEmpty
          ? "\(keys.path) has no keys; `whence key new NAME` makes one"
          : "give the key that signs as --as NAME; there are \(names.joined(separator: ", "))")
    }
    return only
  }
}

extension Data {
  /// Writes a file that the user asked for.
  /// - Throws: `file_failed`.
  func write(asked path: String) throws(CommandFailure) {
    do {
      try write(to: URL(filePath: path))
    } catch {
      throw CommandFailure(
        .fileFailed, "\(path) can't be written; it must be a file in a folder that is there")
    }
  }
}
