import CanonicalCoding
import JSONCoding
import Ledger
import NodeHTTP
import Primitives

/// How values are typed beside JSON: `1.5WHN` where an amount stands, `7.5%` where a share does, and
/// `@NAME` where an account does, for the one whose key is here.
struct SpokenForms: TypedForms {
  let names: AccountNames

  func json(of text: String, as type: any Any.Type) throws -> JSON? {
    if type == Amount.self, text.hasSuffix("WHN") {
      return Self.scaled(text.dropLast(3), places: 18).map { .string($0.description) }
    }
    if type == Share.self, text.hasSuffix("%") {
      return Self.scaled(text.dropLast(), places: 7).map { .integer($0) }
    }
    if type == Identifier<Account>.self, text.hasPrefix("@") {
      do throws(CommandFailure) {
        return .string(try names.account(String(text.dropFirst())).description)
      } catch {
        throw Unknown(description: error.message)
      }
    }
    return nil
  }

  /// A name that nobody has here.
  private struct Unknown: Error, CustomStringConvertible { let description: String }

  func form(of type: any Any.Type) -> String? {
    if type == Amount.self { return "an amount, as 1.5WHN, or its base units in digits alone" }
    if type == Share.self { return "a share, as 7.5%, or its parts per billion" }
    if type == Identifier<Account>.self {
      return "an account: @NAME of a key here, or 64 lower-case hexadecimal digits"
    }
    return nil
  }

  /// Reads a decimal fraction as a whole number of its smallest places; nil if it has more, or a
  /// point without digits on both sides.
  static func scaled(_ text: Substring, places: Int) -> UInt128? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= places, !parts.contains(""),
      (parts[0] + fraction).allSatisfy(\.isNumber)
    else { return nil }
    return UInt128(parts[0] + fraction + String(repeating: "0", count: places - fraction.count))
  }
}
