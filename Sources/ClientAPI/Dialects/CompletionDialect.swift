internal import JSONCoding

/// OpenAI's `POST /v1/completions`: goes on from a text that no template is put around.
enum CompletionDialect {
  /// What OpenAI gives who names no maximum.
  private static let tokenDefault = 16

  static func chat(_ json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    try json.refuse(["echo", "suffix"], "is not supported; leave it out")
    for name in ["best_of", "n"] {
      guard let value = json[name], !value.isNull, value.integer(as: Int.self) != 1 else {
        continue
      }
      throw InferenceFailure(
        .unsupportedParameter, "\(name) must be 1: one order pays one answer", parameter: name)
    }
    var members = json.members(["model"])
    members.append(.init(name: "prompt", value: .string(try prompt(in: json))))
    if let limit = json["max_tokens"], !limit.isNull {
      members.append(.init(name: "max_tokens", value: limit))
    } else {
      members.append(.init(name: "max_tokens", value: .integer(tokenDefault)))
    }
    members += json.members([
      "temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty",
      "logit_bias", "seed", "stop", "stream", "stream_options", "response_format", "guided_regex",
      "structured_outputs",
    ])
    return members + (try likelihoods(in: json))
  }

  private static func prompt(in json: JSON) throws(InferenceFailure) -> String {
    let value = json["prompt"]
    let list = value?.array
    guard let text = value?.string ?? (list?.count == 1 ? list?[0].string : nil), !text.isEmpty
    else {
      throw InferenceFailure(
        list == nil ? .invalidRequest : .unsupportedParameter,
        "prompt must be one text that is not empty, or a list of one: one order pays one answer, and "
          + "token numbers are not taken", parameter: "prompt")
    }
    return text
  }

  /// Here a number says how many tokens are told beside each; in a chat that is a number of its own.
  private static func likelihoods(in json: JSON) throws(InferenceFailure) -> [JSONObject.Member] {
    guard let value = json["logprobs"], !value.isNull, value.bool != false else { return [] }
    guard let count = value.integer(as: UInt32.self) else {
      throw InferenceFailure(
        .invalidRequest, "logprobs must be a whole number from 0", parameter: "logprobs")
    }
    return [
      .init(name: "logprobs", value: true), .init(name: "top_logprobs", value: .integer(count)),
    ]
  }
}
