import Cryptography
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@Suite struct JSONValueTests {
  private struct Plain: Codable, Hashable {
    enum Colour: Codable, Hashable {
      case plain
      case mixed([UInt8])
      case named(name: String, depth: UInt32)
      case measured([UInt8], depth: UInt32)
      case pair(UInt8, UInt8)
    }
    struct Part: Codable, Hashable {
      var deepName: String?
      var wide: UInt128
    }
    var sizeInBytes: Int64
    var isOpen: Bool
    var parts: [Part]
    var colour: Colour
    var amount: Amount
  }

  private let value = Plain(
    sizeInBytes: -5, isOpen: true,
    parts: [.init(deepName: nil, wide: .max), .init(deepName: "a", wide: 0)],
    colour: .mixed([1, 2]), amount: Amount(baseUnits: 7))

  private let text =
    #"{"size_in_bytes":-5,"is_open":true,"parts":[{"wide":"340282366920938463463374607431768211455"}"#
    + #",{"deep_name":"a","wide":"0"}],"colour":{"mixed":[1,2]},"amount":"7"}"#

  @Test func `values read as objects of their fields, and enumerations as their cases`() throws {
    #expect(String(decoding: try JSON(encoding: value).bytes(), as: UTF8.self) == text)
    #expect(try JSON(parsing: Array(text.utf8)).decoded() == value)
    for colour in [
      Plain.Colour.plain, .named(name: "x", depth: 3), .mixed([]), .measured([1], depth: 2),
      .pair(1, 2),
    ] {
      var other = value
      other.colour = colour
      #expect(try JSON(encoding: other).decoded() == other)
    }
    #expect(try JSON(encoding: Plain.Colour.plain).string == "plain")
  }

  @Test(arguments: [
    (#""amount":"7""#, #""amount":"07""#, "amount: \"07\" is no Amount"),
    (#""is_open":true"#, #""is_open":1"#, "is_open: true or false is wanted here"),
    (#""is_open":true,"#, "", "is_open: it is missing"),
    (#""wide":"0""#, #""wide":"0","wider":1"#, "parts.1.wider: there is no such member"),
    (
      #"-5"#, #"9223372036854775808"#,
      "size_in_bytes: a whole number from -9223372036854775808 to 9223372036854775807 is wanted here"
    ),
  ])
  func `what is wrong is named with its place`(old: String, new: String, message: String) throws {
    let changed = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
      .joined(separator: new)
    let json = try JSON(parsing: Array(changed.utf8))
    let error = #expect(throws: JSONValueError.self) { _ = try json.decoded(as: Plain.self) }
    #expect(error?.description == message)
  }

  @Test func `a message is named by its one member`() throws {
    let open = Message.openChannel(
      OpenChannel(
        server: Identifier(SHA256.digest(of: [1])), signingKey: payer.publicKey,
        deposit: Amount(baseUnits: 5)))
    let json = try JSON(encoding: open)
    #expect(json["open_channel"]?["deposit"]?.string == "5")
    #expect(try Message(json: json) == open)
    #expect(throws: JSONValueError.self) { _ = try Message(json: ["open_sesame": [:]]) }
  }
}
