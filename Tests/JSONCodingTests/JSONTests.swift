import Foundation
import Primitives
import Testing

@testable import JSONCoding

@Suite struct JSONParserTests {
  @Test func `a document keeps its order, its numbers' digits and its text`() throws {
    let json = try JSON(
      parsing: #" {"b": [1, -0, 1.50, 1E+2, 340282366920938463463374607431768211455], "a": "é😀"} "#)
    #expect(json["a"] == "é😀")
    #expect(json["b"]?[0]?.integer() == 1)
    #expect(json["b"]?[2]?.number?.text == "1.50")
    #expect(json["b"]?[2]?.integer() == nil && json["b"]?[3]?.integer() == nil)
    #expect(json["b"]?[4]?.integer(as: UInt128.self) == UInt128.max)
    #expect(json["b"]?[4]?.integer(as: UInt64.self) == nil)
    #expect(json.object?.members.map(\.name) == ["b", "a"])
    #expect(json["c"] == nil && json["b"]?[5] == nil && json["a"]?[0] == nil)
  }

  @Test func `escapes become their characters`() throws {
    let json = try JSON(parsing: #""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000""#)
    #expect(json == .string("\"\\/\u{8}\u{c}\n\r\tAé😀\0"))
  }

  @Test func `text of other bytes is other text, however alike it looks`() throws {
    #expect(try JSON(parsing: #""\u00e9""#) != JSON(parsing: #""e\u0301""#))
    let json = try JSON(parsing: #"{"\u00e9": 1, "e\u0301": 2}"#)
    #expect(json["\u{e9}"] == 1 && json["e\u{301}"] == 2)
  }

  @Test(arguments: [
    ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("{", .unexpectedEnd, 1),
    ("[1,", .unexpectedEnd, 3), ("\"a", .unexpectedEnd, 2), ("tru", .unexpectedEnd, 3),
    ("[1,]", .unexpectedByte, 3), ("{,}", .unexpectedByte, 1), ("{1:1}", .unexpectedByte, 1),
    ("[1 2]", .unexpectedByte, 3), ("{\"a\" 1}", .unexpectedByte, 5), ("nul1", .unexpectedByte, 3),
    ("\u{feff}1", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0),
    ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("/**/1", .unexpectedByte, 0),
    ("1 1", .trailingBytes, 2), ("01", .trailingBytes, 1), ("0x1", .trailingBytes, 1),
    ("-", .badNumber, 1), ("1.", .badNumber, 2), ("1e", .badNumber, 2), ("1e+", .badNumber, 3),
    ("\"\n\"", .badString, 1), (#""\x""#, .badString, 2), (#""\ud800""#, .badString, 1),
    (#""\udc00""#, .badString, 1), (#""\ud800\u0041""#, .badString, 1),
    (#""\u12g4""#, .badString, 5),
    (#"{"a": 1, "\u0061": 2}"#, .repeatedName, 0),
  ])
  func `anything else is refused with its reason and place`(
    text: String, reason: JSONError.Reason, offset: Int
  ) {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
    #expect(error?.reason == reason && error?.offset == offset)
    #expect((error?.name == "a") == (reason == .repeatedName))
  }

  @Test(arguments: [
    [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82],
  ])
  func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
    #expect(error?.reason == .badString)
  }

  @Test func `size and depth have bounds`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    let limits = JSONLimits(sizeInBytes: 100, depth: 10)
    _ = try JSON(parsing: nested(10), limits: limits)
    let deep = #expect(throws: JSONError.self) { try JSON(parsing: nested(11), limits: limits) }
    #expect(deep == JSONError(reason: .tooDeep, offset: 10))
    let wide = #expect(throws: JSONError.self) {
      try JSON(parsing: "[" + String(repeating: " ", count: 99) + "]", limits: limits)
    }
    #expect(wide?.reason == .tooLarge)
    _ = try JSON(
      parsing: "[" + String(repeating: "[],", count: 1000) + "[]]", limits: .init(depth: 2))
  }
}

@Suite struct JSONWriterTests {
  let sample: JSON = ["b": [1, true, nil, "q\"\\\n\u{1}é"], "a": [:], "": []]

  @Test func `each layout writes the same document`() throws {
    #expect(sample.text() == #"{"b":[1,true,null,"q\"\\\n\u0001é"],"a":{},"":[]}"#)
    #expect(sample.text(.canonical) == #"{"":[],"a":{},"b":[1,true,null,"q\"\\\n\u0001é"]}"#)
    #expect(try JSON(parsing: sample.text(.indented)) == sample)
    let nested: JSON = ["a": [1, []]]
    #expect(nested.text(.indented) == "{\n  \"a\": [\n    1,\n    []\n  ]\n}")
  }

  @Test func `an object's members can be set, replaced and removed`() {
    var object = JSONObject()
    object["a"] = 1
    object["b"] = 2
    object["a"] = 3
    #expect(JSON.object(object).text() == #"{"a":3,"b":2}"#)
    object["a"] = nil
    object["c"] = nil
    #expect(JSON.object(object).text() == #"{"b":2}"#)
  }

  @Test func `a number takes only JSON's own grammar`() {
    #expect(JSONNumber(text: "-1.5e-7")?.text == "-1.5e-7")
    for text in ["", "+1", "01", "1.", "nan", "1 ", " 1"] { #expect(JSONNumber(text: text) == nil) }
  }
}

@Suite struct JSONFuzzTests {
  static let seeds = [
    #"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"temperature":0.7}"#,
    #"[0,-1,1.5e10,"\u00e9\ud83d\ude00",null,false,{"a":{"b":[[],{}]}}]"#,
    #"{"fee":"340282366920938463463374607431768211455","shares":[{"to":"ab","parts":1}]}"#,
  ]

  /// A seed document with some bytes changed, removed, added, or cut short.
  static func mutant(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(seeds[Int(generator.next(below: UInt64(seeds.count)))].utf8)
    let alphabet = Array("{}[]\",:\\u0123456789eE+-.tfn \n".utf8) + [0, 0x80, 0xc3, 0xff]
    for _ in 0...generator.next(below: 6) where !bytes.isEmpty {
      let index = Int(generator.next(below: UInt64(bytes.count)))
      let byte = alphabet[Int(generator.next(below: UInt64(alphabet.count)))]
      switch generator.next(below: 4) {
      case 0: bytes[index] = byte
      case 1: bytes.insert(byte, at: index)
      case 2: bytes.remove(at: index)
      default: bytes.removeLast(Int(generator.next(below: 3)) % bytes.count)
      }
    }
    return bytes
  }

  @Test(arguments: UInt64(0)..<20)
  func `what is accepted survives writing, and another parser accepts it too`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let bytes = JSONFuzzTests.mutant(&generator)
      guard let json = try? JSON(parsing: bytes) else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(try JSON(parsing: json.bytes()) == json, "\(text)")
      #expect(try JSON(parsing: json.bytes(.indented)) == json, "\(text)")
      let canonical = try JSON(parsing: json.bytes(.canonical))
      #expect(canonical.bytes(.compact) == json.bytes(.canonical), "\(text)")
      #expect(
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil,
        "\(text)")
    }
  }
}
