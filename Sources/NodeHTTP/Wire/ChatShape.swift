internal import ClientAPI
internal import JSONCoding
internal import Primitives

/// The documents of one answer in OpenAI's shapes, with one member more: `whence`.
struct ChatShape: Sendable {
  private let about: AnswerHead
  /// Whether a stream ends with a chunk of token counts.
  private let includesUsage: Bool

  init(_ about: AnswerHead, includesUsage: Bool) {
    self.about = about
    self.includesUsage = includesUsage
  }

  func whole(_ completion: ChatCompletion) -> JSON {
    [
      "id": .string(about.name("chatcmpl-")), "object": "chat.completion",
      "created": .integer(about.created),
      "model": .string(completion.model),
      "choices": [
        [
          "index": 0,
          "message": .object(message(completion)),
          "logprobs": completion.likelihoods.map(\.json) ?? .null,
          "finish_reason": .string(completion.end.rawValue),
        ]
      ],
      "usage": completion.usage,
      "whence": completion.extra(isServerSigned: about.isServerSigned),
    ]
  }

  private func message(_ completion: ChatCompletion) -> JSONObject {
    var message = JSONObject([
      .init(name: "role", value: "assistant"),
      .init(
        name: "content",
        value: completion.text.isEmpty && !completion.toolCalls.isEmpty
          ? .null : .string(completion.text)),
      .init(name: "refusal", value: .null),
    ])
    if !completion.toolCalls.isEmpty {
      message["tool_calls"] = .array(completion.toolCalls.map { .object($0.members) })
    }
    message["annotations"] = completion.annotations
    return message
  }

  /// The first chunk: who speaks.
  var opening: JSON { chunk(delta: ["role": "assistant", "content": "", "refusal": nil]) }

  /// - Parameter calls: how many functions the answer has called before.
  /// - Returns: nil for what chunks do not say.
  func piece(_ piece: AnswerPiece, after calls: Int) -> JSON? {
    switch piece {
    case .prompt: return nil
    case .text(let text, let likelihoods):
      return .object(
        chunk(delta: ["content": .string(text)], end: .null, likelihoods: likelihoods))
    case .toolCall(let call):
      var members = call.members.members
      members.insert(.init(name: "index", value: .integer(calls)), at: 0)
      return .object(chunk(delta: ["tool_calls": [.object(JSONObject(members))]], end: .null))
    }
  }

  /// The chunk that ends the turn, and says what it cost.
  func closing(_ completion: ChatCompletion) -> JSON {
    let delta = completion.annotations.map {
      JSON.object(JSONObject([.init(name: "annotations", value: $0)]))
    }
    var chunk = chunk(delta: delta ?? [:], end: .string(completion.end.rawValue))
    chunk["whence"] = completion.extra(isServerSigned: about.isServerSigned)
    return .object(chunk)
  }

  /// The chunk of token counts, if the client asked for it; it has no choices.
  func usageChunk(_ completion: ChatCompletion) -> JSON? {
    guard includesUsage else { return nil }
    var chunk = head
    chunk["choices"] = []
    chunk["usage"] = completion.usage
    return .object(chunk)
  }

  private func chunk(delta: JSON) -> JSON { .object(chunk(delta: delta, end: .null)) }

  private func chunk(
    delta: JSON, end: JSON, likelihoods: [AnswerToken] = []
  ) -> JSONObject {
    var chunk = head
    chunk["choices"] = [
      [
        "index": 0, "delta": delta,
        "logprobs": likelihoods.isEmpty ? .null : likelihoods.json, "finish_reason": end,
      ]
    ]
    // A client that asked for counts finds the member in every chunk, null until the last.
    if includesUsage { chunk["usage"] = .null }
    return chunk
  }

  private var head: JSONObject {
    JSONObject([
      .init(name: "id", value: .string(about.name("chatcmpl-"))),
      .init(name: "object", value: "chat.completion.chunk"),
      .init(name: "created", value: .integer(about.created)),
      .init(name: "model", value: .string(about.model)),
    ])
  }
}

extension ChatCompletion {
  /// OpenAI's counts of tokens.
  var usage: JSON {
    [
      "prompt_tokens": .integer(tokensIn), "completion_tokens": .integer(tokensOut),
      "total_tokens": .integer(UInt64(tokensIn) + UInt64(tokensOut)),
    ]
  }

  /// What others' shapes have no place for; a stream without counts has them here too.
  func extra(isServerSigned: Bool) -> JSON {
    var members: [JSONObject.Member] = [
      .init(name: "receipt", value: .string(order.description)),
      .init(name: "fee", value: .string(fee.description)),
      .init(name: "tokens_in", value: .integer(tokensIn)),
      .init(name: "tokens_out", value: .integer(tokensOut)),
    ]
    if orders.count > 1 {
      let names = orders.map { JSON.string($0.description) }
      members.append(.init(name: "receipts", value: .array(names)))
    }
    if isServerSigned { members.append(.init(name: "signed_by", value: "server")) }
    if !passages.isEmpty {
      members.append(
        .init(
          name: "passages",
          value: .array(
            passages.map {
              ["record": .string($0.record.description), "text": .string($0.text)]
            })))
    }
    return .object(JSONObject(members))
  }

  /// The records that the answer cites, in OpenAI's shape; nil if nothing was retrieved.
  var annotations: JSON? {
    guard !passages.isEmpty else { return nil }
    return .array(
      citations.map {
        [
          "type": "file_citation", "index": .integer($0.index),
          "file_id": .string($0.record.description),
        ]
      })
  }

  /// Reads the whole answer's document; nil if it is none.
  init?(json: JSON) {
    guard let choice = json["choices"]?[0], let message = choice["message"],
      let end = choice["finish_reason"]?.string.flatMap(End.init(rawValue:)),
      let model = json["model"]?.string,
      let text = message["content"].flatMap({ $0.isNull ? "" : $0.string })
    else { return nil }
    self.init(extra: json["whence"], model: model, text: text, end: end)
    let calls = message["tool_calls"]?.array ?? []
    toolCalls = calls.compactMap { ToolCall(json: $0) }
    guard toolCalls.count == calls.count else { return nil }
    if let list = choice["logprobs"], !list.isNull {
      guard let read = [AnswerToken](json: list) else { return nil }
      likelihoods = read
    }
  }

  /// Joins what an answer's last chunk says with what the chunks before it brought.
  init?(extra: JSON?, model: String, text: String, end: End) {
    guard let extra, let order = extra["receipt"]?.string.flatMap({ Digest(hex: $0) }),
      let fee = extra["fee"]?.string.flatMap({ Amount(decimal: $0) }),
      let tokensIn = extra["tokens_in"]?.integer(as: UInt32.self),
      let tokensOut = extra["tokens_out"]?.integer(as: UInt32.self)
    else { return nil }
    let receipts = extra["receipts"]?.array ?? [.string(order.description)]
    let orders = receipts.compactMap { $0.string.flatMap { Digest(hex: $0) } }
    guard orders.count == receipts.count, orders.first == order else { return nil }
    let listed = extra["passages"]?.array ?? []
    let passages = listed.compactMap { Passage(json: $0) }
    guard passages.count == listed.count else { return nil }
    self.init(
      order: order, model: model, text: text, end: end, tokensIn: tokensIn, tokensOut: tokensOut,
      fee: fee, passages: passages)
    self.orders = orders
  }
}

extension Passage {
  fileprivate init?(json: JSON) {
    guard let record = json["record"]?.string.flatMap({ Digest(hex: $0) }),
      let text = json["text"]?.string
    else { return nil }
    self.init(record: record, text: text)
  }
}
