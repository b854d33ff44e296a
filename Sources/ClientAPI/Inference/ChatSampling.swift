internal import JSONCoding

/// How a client wants tokens chosen: what of a request would change which answer it gets.
///
/// Numbers are thousandths, so that a body reads the same on every machine.
public struct ChatSampling: Hashable, Sendable {
  /// Added to a token's logit.
  public struct Bias: Hashable, Sendable {
    public var token: UInt32
    public var thousandths: Int32

    public init(token: UInt32, thousandths: Int32) {
      self.token = token
      self.thousandths = thousandths
    }
  }

  /// The most tokens that a request may bias.
  public static let biasMaximum = 300

  /// 0 takes the likeliest token; 1000 samples the model's own distribution.
  public var temperature: UInt32 = 1000
  public var topP: UInt32 = 1000
  /// 0: all tokens.
  public var topK: UInt32 = 0
  public var minP: UInt32 = 0
  public var presencePenalty: Int32 = 0
  public var frequencyPenalty: Int32 = 0
  /// By rising token.
  public var bias: [Bias] = []
  /// nil: follows from the order.
  public var seed: UInt64?

  public init(temperature: UInt32 = 1000, topP: UInt32 = 1000, seed: UInt64? = nil) {
    self.temperature = temperature
    self.topP = topP
    self.seed = seed
  }
}

extension ChatSampling {
  /// - Throws: ``InferenceFailure`` with `invalid_request`, naming the parameter.
  init(in json: JSON) throws(InferenceFailure) {
    temperature = UInt32(
      try Self.thousandths("temperature", in: json, 0...2000, absent: 1000))
    topP = UInt32(try Self.thousandths("top_p", in: json, 1...1000, absent: 1000))
    minP = UInt32(try Self.thousandths("min_p", in: json, 0...1000, absent: 0))
    presencePenalty = try Self.thousandths("presence_penalty", in: json, -2000...2000, absent: 0)
    frequencyPenalty = try Self.thousandths("frequency_penalty", in: json, -2000...2000, absent: 0)
    if let value = json["top_k"], !value.isNull {
      // What some clients send for all tokens.
      guard let count = value.integer(as: Int32.self), count >= -1 else {
        throw InferenceFailure(
          .invalidRequest, "top_k must be a whole number from 0; 0 is for all", parameter: "top_k")
      }
      topK = UInt32(max(count, 0))
    }
    if let value = json["seed"], !value.isNull {
      guard let number = value.integer(as: UInt64.self) else {
        throw InferenceFailure(
          .invalidRequest, "seed must be a whole number from 0", parameter: "seed")
      }
      seed = number
    }
    bias = try Self.bias(in: json)
  }

  private static func bias(in json: JSON) throws(InferenceFailure) -> [Bias] {
    guard let value = json["logit_bias"], !value.isNull else { return [] }
    guard let members = value.object?.members, members.count <= biasMaximum else {
      throw InferenceFailure(
        .invalidRequest, "logit_bias must be an object of at most \(biasMaximum) tokens",
        parameter: "logit_bias")
    }
    var list: [Bias] = []
    for member in members {
      guard let token = UInt32(member.name), String(token) == member.name,
        let text = member.value.number?.text, let thousandths = decimalThousandths(text),
        (-100_000...100_000).contains(thousandths)
      else {
        throw InferenceFailure(
          .invalidRequest,
          "logit_bias takes token numbers, each with a number from -100 to 100",
          parameter: "logit_bias")
      }
      list.append(Bias(token: token, thousandths: thousandths))
    }
    return list.sorted { $0.token < $1.token }
  }

  /// Reads a decimal number exactly, without floating point.
  private static func thousandths(
    _ name: String, in json: JSON, _ range: ClosedRange<Int32>, absent: Int32
  ) throws(InferenceFailure) -> Int32 {
    guard let value = json[name], !value.isNull else { return absent }
    guard let text = value.number?.text, let thousandths = decimalThousandths(text),
      range.contains(thousandths)
    else {
      throw InferenceFailure(
        .invalidRequest,
        "\(name) must be a number from \(decimalText(range.lowerBound)) to "
          + "\(decimalText(range.upperBound)), with at most three decimals", parameter: name)
    }
    return thousandths
  }

  private static func decimalText(_ thousandths: Int32) -> String {
    thousandths.isMultiple(of: 1000)
      ? "\(thousandths / 1000)" : "0.\(String(1000 + thousandths).dropFirst())"
  }

  private static func decimalThousandths(_ text: String) -> Int32? {
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    let parts = text.utf8.dropFirst(isNegative ? 1 : 0)
      .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int32(Substring(parts[0])), whole <= 1000 else {
      return nil
    }
    let sign: Int32 = isNegative ? -1 : 1
    guard parts.count == 2 else { return sign * whole * 1000 }
    var digits = Array(parts[1])
    // Further places are zeros, or the number is finer than a receipt can name.
    while digits.count > 3, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    guard (1...3).contains(digits.count),
      let fraction = Int32(String(decoding: digits, as: UTF8.self))
    else { return nil }
    return sign * (whole * 1000 + [100, 10, 1][digits.count - 1] * fraction)
  }

  /// The members of a body that say it.
  var members: [JSONObject.Member] {
    var members: [JSONObject.Member] = [
      .init(name: "temperature", value: Self.decimal(Int32(temperature))),
      .init(name: "top_p", value: Self.decimal(Int32(topP))),
    ]
    if topK > 0 { members.append(.init(name: "top_k", value: .integer(topK))) }
    if minP > 0 { members.append(.init(name: "min_p", value: Self.decimal(Int32(minP)))) }
    if presencePenalty != 0 {
      members.append(.init(name: "presence_penalty", value: Self.decimal(presencePenalty)))
    }
    if frequencyPenalty != 0 {
      members.append(.init(name: "frequency_penalty", value: Self.decimal(frequencyPenalty)))
    }
    if !bias.isEmpty {
      let list = bias.map {
        JSONObject.Member(name: "\($0.token)", value: Self.decimal($0.thousandths))
      }
      members.append(.init(name: "logit_bias", value: .object(JSONObject(list))))
    }
    if let seed { members.append(.init(name: "seed", value: .integer(seed))) }
    return members
  }

  private static func decimal(_ thousandths: Int32) -> JSON {
    let (whole, fraction) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
    let digits = String(1000 + fraction).dropFirst()
    guard let number = JSONNumber(text: "\(thousandths < 0 ? "-" : "")\(whole).\(digits)") else {
      preconditionFailure("digits with a point are a JSON number")
    }
    return .number(number)
  }
}
