import ClientAPI
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Storage

/// The API keys of a node's folder, each a document by its name, and what their answers cost so far.
///
/// `api-keys/NAME` says what the key may do, and has its digest in the place of the key.
/// `api-keys-spent/NAME` is a day, counted from 1970, and what the answers of that day cost.
struct APIKeyFolder: Sendable {
  private let keys: DocumentFolder
  private let spending: DocumentFolder

  init(of data: DataFolder) throws {
    keys = try DocumentFolder(at: "\(data.path)/api-keys")
    spending = try DocumentFolder(at: "\(data.path)/api-keys-spent")
  }

  static func exists(in data: DataFolder) -> Bool {
    FileManager.default.fileExists(atPath: "\(data.path)/api-keys")
  }

  /// All keys, by name.
  /// - Throws: `corrupt` if one can't be read.
  func entries() throws -> [APIKey] {
    try keys.names().compactMap { name in
      guard let bytes = try keys.bytes(of: name) else { return nil }
      guard let json = try? JSON(parsing: bytes), let key = APIKey(json: json, name: name) else {
        throw StorageFailure(
          code: .corrupt, message: "\(keys.path)/\(name) is no API key; remove it or restore it")
      }
      return key
    }
  }

  /// - Throws: as ``checkIsNew(_:)``.
  func add(_ key: APIKey) throws {
    try checkIsNew(key.name)
    try keys.put(key.json.bytes(.indented), as: key.name)
  }

  /// Whether a key of a name may be added: asked before money moves for it.
  /// - Throws: `key_exists`, `key_name_invalid`.
  func checkIsNew(_ name: String) throws {
    guard Self.isName(name) else {
      throw CommandFailure(
        .keyNameInvalid,
        "\"\(name)\" is no name for an API key: 1 to 64 letters, digits, dots, - and _, the first a "
          + "letter or a digit")
    }
    guard try keys.bytes(of: name) == nil else {
      throw CommandFailure(.keyExists, "there is an API key \"\(name)\" already")
    }
  }

  /// - Throws: `key_unknown`.
  func remove(_ name: String) throws {
    guard Self.isName(name), try keys.bytes(of: name) != nil else {
      throw CommandFailure(
        .keyUnknown,
        "there is no API key \"\(name)\"; there are: "
          + (try keys.names().joined(separator: ", ")))
    }
    try keys.remove(name)
  }

  func spent(by name: String, on day: UInt64) throws -> Amount? {
    guard let bytes = try spending.bytes(of: name) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard words.count == 2, words[0] == "\(day)" else { return nil }
    return Amount(decimal: String(words[1]))
  }

  func store(_ spent: Amount, by name: String, on day: UInt64) throws {
    try spending.put(Array("\(day) \(spent)".utf8), as: name)
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.enumerated().allSatisfy { place, byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case 0x2d, 0x2e, 0x5f: place > 0
        default: false
        }
      }
  }
}

extension APIKey {
  /// What is kept of it.
  var json: JSON {
    [
      "digest": .string(digest.description), "channel": .string(channel.description),
      "answer_limit": .string(answerLimit.description), "day_limit": .string(dayLimit.description),
      "priority": .integer(priority),
    ]
  }

  /// Nil if it is none.
  init?(json: JSON, name: String) {
    guard let digest = json["digest"]?.string.flatMap({ Digest(hex: $0) }),
      let channel = json["channel"]?.string.flatMap({ Digest(hex: $0) }),
      let answerLimit = json["answer_limit"]?.string.flatMap({ Amount(decimal: $0) }),
      let dayLimit = json["day_limit"]?.string.flatMap({ Amount(decimal: $0) }),
      let priority = json["priority"]?.integer(as: Int.self)
    else { return nil }
    self.init(
      name: name, digest: digest, channel: Identifier(channel), answerLimit: answerLimit,
      dayLimit: dayLimit, priority: priority)
  }
}
