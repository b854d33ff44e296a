internal import ClientAPI
internal import JSONCoding

// The parts of an answer in OpenAI's shapes, which several routes have in common.

extension ToolCall {
  var members: JSONObject {
    JSONObject([
      .init(name: "id", value: .string(id)), .init(name: "type", value: "function"),
      .init(
        name: "function", value: ["name": .string(name), "arguments": .string(arguments)]),
    ])
  }

  init?(json: JSON) {
    guard let id = json["id"]?.string, let name = json["function"]?["name"]?.string,
      let arguments = json["function"]?["arguments"]?.string
    else { return nil }
    self.init(id: id, name: name, arguments: arguments)
  }
}

extension [AnswerToken] {
  /// What OpenAI calls `logprobs`.
  var json: JSON { ["content": .array(map(\.json)), "refusal": nil] }

  init?(json: JSON) {
    guard let list = json["content"]?.array else { return nil }
    let read = list.compactMap { AnswerToken(json: $0) }
    guard read.count == list.count else { return nil }
    self = read
  }
}

extension AnswerToken {
  fileprivate var json: JSON {
    var members = chosen.members
    members["top_logprobs"] = .array(top.map { .object($0.members) })
    return .object(members)
  }

  fileprivate init?(json: JSON) {
    guard let chosen = Candidate(json: json), let list = json["top_logprobs"]?.array else {
      return nil
    }
    let top = list.compactMap { Candidate(json: $0) }
    guard top.count == list.count else { return nil }
    self.init(chosen: chosen, top: top)
  }
}

extension AnswerToken.Candidate {
  fileprivate var members: JSONObject {
    JSONObject([
      .init(name: "token", value: .string(text)), .init(name: "logprob", value: naturalLogarithm),
      .init(name: "bytes", value: .array(bytes.map { .integer($0) })),
    ])
  }

  /// The text of the token by itself: what is part of a character only is U+FFFD.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Nats, with six decimals.
  var naturalLogarithm: JSON {
    let (whole, fraction) = microNats.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    let digits = String(1_000_000 + fraction).dropFirst()
    guard let number = JSONNumber(text: "\(microNats < 0 ? "-" : "")\(whole).\(digits)") else {
      preconditionFailure("digits with a point are a JSON number")
    }
    return .number(number)
  }

  fileprivate init?(json: JSON) {
    guard let list = json["bytes"]?.array, let text = json["logprob"]?.number?.text else {
      return nil
    }
    let bytes = list.compactMap { $0.integer(as: UInt8.self) }
    guard bytes.count == list.count, let microNats = Self.microNats(text) else { return nil }
    self.init(bytes: bytes, microNats: microNats)
  }

  /// Reads what ``naturalLogarithm`` writes.
  private static func microNats(_ text: String) -> Int64? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 6 else { return nil }
    return Int64(String(decoding: Array(parts[0]) + Array(parts[1]), as: UTF8.self))
  }
}
