import CanonicalCoding
import Cryptography
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@Suite struct JSONValueTests {
  private struct Plain: Codable, Hashable {
    enum Colour: UnionCodable, Hashable {
      static let caseNames = ["plain", "mixed", "named", "measured"]
      case plain
      case mixed([UInt8])
      case named(name: String, depth: UInt32)
      case measured(bytes: [UInt8], depth: UInt32)
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
    + #",{"deep_name":"a","wide":"0"}],"colour":{"mixed":"0102"},"amount":"7"}"#

  @Test func `values read as objects of their fields, and enumerations as their cases`() throws {
    #expect(String(decoding: try JSON(encoding: value).bytes(), as: UTF8.self) == text)
    #expect(try JSON(parsing: Array(text.utf8)).decoded() == value)
    for colour in [
      Plain.Colour.plain, .named(name: "x", depth: 3), .mixed([]), .measured(bytes: [1], depth: 2),
    ] {
      var other = value
      other.colour = colour
      #expect(try JSON(encoding: other).decoded() == other)
    }
    #expect(try JSON(encoding: Plain.Colour.plain).string == "plain")
  }

  @Test(arguments: [
    (
      #""amount":"7""#, #""amount":"07""#,
      #"value_invalid: amount: "07" is given; wanted is an amount: base units in digits alone"#
    ),
    (
      #""is_open":true"#, #""is_open":1"#,
      "value_invalid: is_open: 1 is given; wanted is true or false"
    ),
    (#""is_open":true,"#, "", "field_missing: is_open: it is missing"),
    (
      #""wide":"0""#, #""wide":"0","wider":1"#,
      "field_unknown: parts.1.wider: there is no such field; there are deep_name, wide"
    ),
    (
      #"{"mixed":"0102"}"#, #"{"mixed":"0102","more":1}"#,
      "field_unknown: colour.more: there is no such field; there are mixed"
    ),
    (
      #"-5"#, #"9223372036854775808"#,
      "value_invalid: size_in_bytes: 9223372036854775808 is given; wanted is a whole number from "
        + "-9223372036854775808 to 9223372036854775807"
    ),
    (
      #"{"mixed":"0102"}"#, #""purple""#,
      #"value_invalid: colour: "purple" is given; wanted is one of plain, mixed, named, measured"#
    ),
    (
      #""parts":["#, #""parts":{"a":1},"more":["#,
      "value_invalid: parts: an object is given; wanted is a list, as in [1, 2]"
    ),
  ])
  func `what is wrong is named with its place`(old: String, new: String, message: String) throws {
    let range = try #require(text.firstRange(of: old))
    let json = try JSON(
      parsing: Array((text[..<range.lowerBound] + new + text[range.upperBound...]).utf8))
    let error = #expect(throws: JSONValueError.self) { _ = try json.decoded(as: Plain.self) }
    #expect(error?.description == message)
  }

  @Test func `what may be absent may be null`() throws {
    for part in [#"{"wide":"1"}"#, #"{"wide":"1","deep_name":null}"#] {
      #expect(try JSON(parsing: Array(part.utf8)).decoded() == Plain.Part(deepName: nil, wide: 1))
    }
    let error = #expect(throws: JSONValueError.self) {
      _ = try JSON(parsing: Array(#"{"wide":null}"#.utf8)).decoded(as: Plain.Part.self)
    }
    #expect(error?.description.contains("wide: nothing is given") == true)
    let unknown = #expect(throws: JSONValueError.self) {
      _ = try JSON(parsing: Array(#"{"wide":1,"other":null}"#.utf8)).decoded(as: Plain.Part.self)
    }
    #expect(unknown?.code == .fieldUnknown)
  }

  @Test func `a memo may be left out`() throws {
    let to = "\(Identifier<Account>(.zero))"
    let plain = Message.transfer(
      Transfer(to: Identifier(.zero), amount: Amount(baseUnits: 5), memo: ""))
    for memo: [(String, JSON)] in [[], [("memo", nil)], [("memo", "")]] {
      let fields = [("to", JSON.string(to)), ("amount", "5")] + memo
      let json: JSON = [
        "transfer": .object(JSONObject(fields.map { .init(name: $0.0, value: $0.1) }))
      ]
      #expect(try Message(json: json) == plain)
    }
  }

  @Test func `what is too long is named with its length and its bound`() throws {
    let long = String(repeating: "é", count: 150)
    func error(_ message: Message) throws -> JSONValueError? {
      let json = try JSON(encoding: message)
      return #expect(throws: JSONValueError.self) { _ = try Message(json: json) }
    }
    let memo = try error(
      .transfer(Transfer(to: Identifier(.zero), amount: .zero, memo: long)))
    #expect(memo?.path == "transfer.memo" && memo?.code == .valueTooLong)
    #expect(memo?.reason.contains("300") == true && memo?.reason.contains("256") == true)
    // A longer bound lets the details be as long as the name may not be.
    let name = try error(
      .editValidator(EditValidator(name: long, details: long, rate: nil)))
    #expect(name?.path == "edit_validator.name")
    let payments = [Payment](
      repeating: Payment(to: Identifier(.zero), amount: .zero), count: 257)
    let list = try error(
      .transferToMany(TransferToMany(payments: payments, memo: "")))
    #expect(list?.path == "transfer_to_many.payments")
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
