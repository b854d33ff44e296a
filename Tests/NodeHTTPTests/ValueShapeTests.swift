import CanonicalCoding
import Foundation
import JSONCoding
import Ledger
import Primitives
import Testing

@testable import NodeHTTP

/// What is said of every message's fields, against messages of every kind.
@Suite struct ValueShapeTests {
  /// A message of every kind at least.
  private static func messages() throws -> [Message] {
    struct Vector: Decodable { let hex: String }
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "LedgerTests/Vectors/messages.json")
    return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file)).map {
      try Message(canonicalBytes: try #require([UInt8](hex: $0.hex)))
    }
  }

  /// Whether a document has this shape.
  private func fits(_ json: JSON, _ shape: ValueShape) -> Bool {
    switch shape {
    case .leaf: json.object == nil && json.array == nil && !json.isNull
    case .list(let element): json.array?.allSatisfy { fits($0, element) } ?? false
    case .object(let fields):
      json.object.map { object in
        fields.allSatisfy { field in
          object[field.name].map { fits($0, field.shape) } ?? field.isOptional
        } && object.members.allSatisfy { member in fields.contains { $0.name == member.name } }
      } ?? false
    case .union(let cases):
      cases.contains { name, carried in
        guard let carried else { return json.string == name }
        return json[name].map { fits($0, carried) } ?? false
      }
    }
  }

  @Test func `each message has the fields that are said of it`() throws {
    for message in try Self.messages() {
      let json = try JSON(encoding: message)[message.kind.codedText] ?? .null
      #expect(fits(json, .object(message.kind.fields)), "\(message.kind): \(json)")
    }
  }

  /// Every name that a shape gives to a value.
  private func names(in shape: ValueShape) -> [String] {
    switch shape {
    case .leaf: []
    case .list(let element): names(in: element)
    case .object(let fields): fields.flatMap { [$0.name] + names(in: $0.shape) }
    case .union(let cases): cases.flatMap { [$0.name] + ($0.carried.map(names) ?? []) }
    }
  }

  @Test func `whatever a message may hold has a name`() {
    for kind in MessageKind.allCases {
      let names = names(in: .object(kind.fields))
      #expect(!names.contains { $0.hasPrefix("_") || $0.contains(where: \.isUppercase) }, "\(kind)")
    }
    #expect(names(in: .object(MessageKind.proveBatchFault.fields)).contains("unreadable_amount"))
  }

  /// Every value of a shape that a document holds, with its place.
  private func leaves(
    of json: JSON, _ shape: ValueShape, at path: [String]
  ) -> [(path: [String], shape: ValueShape)] {
    let inner: [(path: [String], shape: ValueShape)] =
      switch shape {
      case .leaf: []
      case .list(let element):
        (json.array ?? []).prefix(1).flatMap { leaves(of: $0, element, at: path + ["0"]) }
      case .object(let fields):
        fields.flatMap { field in
          json[field.name].map { leaves(of: $0, field.shape, at: path + [field.name]) } ?? []
        }
      case .union(let cases):
        cases.flatMap { name, carried in
          guard let carried, let value = json[name] else { return [] as [([String], ValueShape)] }
          return leaves(of: value, carried, at: path + [name])
        }
      }
    return [(path, shape)] + inner
  }

  private func replacing(_ json: JSON, at path: ArraySlice<String>, by value: JSON) -> JSON {
    guard let name = path.first else { return value }
    if var elements = json.array, let place = Int(name) {
      elements[place] = replacing(elements[place], at: path.dropFirst(), by: value)
      return .array(elements)
    }
    guard var object = json.object else { return json }
    object[name] = replacing(object[name] ?? .null, at: path.dropFirst(), by: value)
    return .object(object)
  }

  @Test func `a wrong value anywhere is answered with its place, and no word of the code's`() throws
  {
    let wrong: [JSON] = [
      "~", true, -1, [], [true], [:], ["a": 1], ["a": 1, "b": 2], nil,
      "340282366920938463463374607431768211456",
    ]
    // A type's name has a capital inside, or brackets; a sentence has neither.
    let leak = /[a-z][A-Z]|<|Optional|Invalid|Cannot|[Ee]rror|Swift|Codable|_[01]/
    var kinds: Set<String> = []
    for message in try Self.messages() {
      let json = try JSON(encoding: message)
      let name = message.kind.codedText
      let all = leaves(
        of: json[name] ?? .null, .object(message.kind.fields), at: [name])
      for (path, shape) in all {
        if case .leaf(let type, _) = shape { kinds.insert("\(type)") }
        for value in wrong {
          let changed = replacing(json, at: path[...], by: value)
          do {
            // Some of these are right somewhere.
            let read = try Message(json: changed)
            let again = try Message(json: JSON(encoding: read))
            #expect(again == read)
          } catch let error as JSONValueError {
            #expect(error.path.hasPrefix(name) || path.count == 1, "\(path): \(error)")
            let given = "\(value.string ?? "")"
            let said = error.reason.replacing("\"\(given)\"", with: "")
            #expect(said.firstMatch(of: leak) == nil, "\(path): \(error)")
          }
        }
      }
    }
    // Texts, identifiers, amounts, keys, shares, flags, names and numbers of several widths.
    #expect(kinds.count > 15, "\(kinds)")
  }
}
