import CanonicalCoding
import ClientAPI
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

/// Values of the ledger in lines that people read: each field by its name, what it holds below it.
struct ReadableTree {
  let names: AccountNames

  /// The value in one line.
  func line(_ value: any CanonicalCodable) throws -> String { word(try spoken(value)) }

  func lines(_ value: any CanonicalCodable, indent: Int) throws -> [String] {
    var lines: [String] = []
    add(try spoken(value), indent: indent, to: &lines)
    return lines
  }

  /// A value as people read it: amounts in tokens, shares in hundredths.
  private func spoken(_ value: any CanonicalCodable) throws -> JSON {
    try JSON(encoding: value) { part in
      switch part {
      case let amount as Amount: .string("\(amount.tokens) WHN")
      case let share as Share: .string("\(share.percent)%")
      case let time as BlockTime: .string(time.spoken)
      default: nil
      }
    }
  }

  private func add(_ json: JSON, indent: Int, to lines: inout [String]) {
    let space = String(repeating: "  ", count: indent)
    if let object = json.object {
      let width = object.members.map(\.name.count).max() ?? 0
      for member in object.members {
        let name = member.name.padding(toLength: width, withPad: " ", startingAt: 0)
        if isShort(member.value) {
          lines.append("\(space)\(name)  \(word(member.value))")
        } else {
          lines.append(space + member.name)
          add(member.value, indent: indent + 1, to: &lines)
        }
      }
    } else if let array = json.array {
      for element in array {
        if isShort(element) {
          lines.append(space + word(element))
        } else {
          lines.append(space + "-")
          add(element, indent: indent + 1, to: &lines)
        }
      }
    } else {
      lines.append(space + word(json))
    }
  }

  private func isShort(_ json: JSON) -> Bool {
    json.object.map { $0.members.isEmpty } ?? json.array.map(\.isEmpty) ?? true
  }

  /// A value in one line; an account whose key is here by that key's name as well.
  private func word(_ json: JSON) -> String {
    if let object = json.object {
      return object.members.map { "\($0.name) \(word($0.value))" }.joined(separator: ", ")
    }
    guard let text = json.string else { return json.isNull ? "none" : json.text() }
    guard let digest = Digest(hex: text) else { return text.inOneLine }
    let account = Identifier<Account>(digest)
    let name = names.name(of: account)
    return text.hasPrefix(name) ? text : "\(text) (\(name))"
  }
}
