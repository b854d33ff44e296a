internal import ClientAPI
internal import JSONCoding
internal import Networking

/// OpenAI's older shape: a text that goes on from the prompt.
struct CompletionShape: AnswerShape {
  private let head: AnswerHead
  private let includesUsage: Bool
  /// Characters told so far, which places of tokens are counted in.
  private var told = 0

  init(_ head: AnswerHead, includesUsage: Bool) {
    self.head = head
    self.includesUsage = includesUsage
  }

  func whole(_ completion: ChatCompletion) -> JSON {
    var offset = 0
    var document = document([
      choice(
        completion.text, likelihoods: completion.likelihoods, from: &offset,
        end: .string(completion.end.rawValue))
    ])
    document["usage"] = completion.usage
    document["whence"] = completion.extra(isServerSigned: head.isServerSigned)
    return .object(document)
  }

  func opening(tokensIn: UInt32?) -> [ServerSentEvent] { [] }

  mutating func piece(_ piece: AnswerPiece) -> [ServerSentEvent] {
    guard case .text(let text, let likelihoods) = piece else { return [] }
    var chunk = document([
      choice(
        text, likelihoods: likelihoods.isEmpty ? nil : likelihoods, from: &told, end: .null)
    ])
    if includesUsage { chunk["usage"] = .null }
    return [ServerSentEvent(data: JSON.object(chunk).text())]
  }

  mutating func closing(_ completion: ChatCompletion) -> [ServerSentEvent] {
    var last = document([
      choice("", likelihoods: nil, from: &told, end: .string(completion.end.rawValue))
    ])
    if includesUsage { last["usage"] = .null }
    last["whence"] = completion.extra(isServerSigned: head.isServerSigned)
    var events = [ServerSentEvent(data: JSON.object(last).text())]
    if includesUsage {
      var usage = document([])
      usage["usage"] = completion.usage
      events.append(ServerSentEvent(data: JSON.object(usage).text()))
    }
    return events + [ServerSentEvent(data: "[DONE]")]
  }

  func failing(_ refusal: Refusal) -> [ServerSentEvent] {
    [ServerSentEvent(data: refusal.openAIError.text())]
  }

  private func choice(
    _ text: String, likelihoods: [AnswerToken]?, from offset: inout Int, end: JSON
  ) -> JSON {
    [
      "index": 0, "text": .string(text),
      "logprobs": likelihoods.map { Self.logprobs($0, from: &offset) } ?? .null,
      "finish_reason": end,
    ]
  }

  /// Four lists side by side; of candidates with one text the likeliest stands.
  private static func logprobs(_ tokens: [AnswerToken], from offset: inout Int) -> JSON {
    var offsets: [JSON] = []
    for token in tokens {
      offsets.append(.integer(offset))
      offset += token.chosen.text.unicodeScalars.count
    }
    return [
      "tokens": .array(tokens.map { .string($0.chosen.text) }),
      "token_logprobs": .array(tokens.map(\.chosen.naturalLogarithm)),
      "top_logprobs": .array(
        tokens.map { token in
          var members: [JSONObject.Member] = []
          for candidate in token.top where !members.contains(where: { $0.name == candidate.text }) {
            members.append(.init(name: candidate.text, value: candidate.naturalLogarithm))
          }
          return .object(JSONObject(members))
        }),
      "text_offset": .array(offsets),
    ]
  }

  private func document(_ choices: [JSON]) -> JSONObject {
    JSONObject([
      .init(name: "id", value: .string(head.name("cmpl-"))),
      .init(name: "object", value: "text_completion"),
      .init(name: "created", value: .integer(head.created)),
      .init(name: "model", value: .string(head.model)),
      .init(name: "choices", value: .array(choices)),
    ])
  }
}
