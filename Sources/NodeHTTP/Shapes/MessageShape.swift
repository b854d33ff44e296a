internal import ClientAPI
internal import JSONCoding
internal import Networking

/// Anthropic's shape: a message of blocks, streamed block after block.
struct MessageShape: AnswerShape {
  private let head: AnswerHead
  /// Blocks begun, and whether the last of them, a text, goes on.
  private var blocks = 0
  private var isTextOpen = false

  init(_ head: AnswerHead) { self.head = head }

  func whole(_ completion: ChatCompletion) -> JSON {
    var blocks: [JSON] = []
    if !completion.text.isEmpty || completion.toolCalls.isEmpty {
      blocks.append(["type": "text", "text": .string(completion.text)])
    }
    blocks += completion.toolCalls.map { call in
      let input = (try? JSON(parsing: call.arguments)) ?? [:]
      return [
        "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input,
      ]
    }
    var message = message(blocks)
    message["stop_reason"] = completion.stopReason
    message["stop_sequence"] = completion.stopSequence
    message["usage"] = completion.anthropicUsage
    message["whence"] = completion.extra(isServerSigned: head.isServerSigned)
    return .object(message)
  }

  func opening(tokensIn: UInt32?) -> [ServerSentEvent] {
    var message = message([])
    message["usage"] = ["input_tokens": .integer(tokensIn ?? 0), "output_tokens": 0]
    return [Self.event("message_start", ["message": .object(message)]), Self.event("ping")]
  }

  mutating func piece(_ piece: AnswerPiece) -> [ServerSentEvent] {
    switch piece {
    case .prompt: return []
    case .text(let text, _):
      var events: [ServerSentEvent] = []
      if !isTextOpen {
        events.append(begin(["type": "text", "text": ""]))
        isTextOpen = true
      }
      return events + [delta(["type": "text_delta", "text": .string(text)])]
    case .toolCall(let call):
      let end = endText()
      let start = begin([
        "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": [:],
      ])
      return end + [
        start, delta(["type": "input_json_delta", "partial_json": .string(call.arguments)]), stop(),
      ]
    }
  }

  mutating func closing(_ completion: ChatCompletion) -> [ServerSentEvent] {
    var events = endText()
    // Clients look for a block even where a model had nothing to say.
    if blocks == 0 { events += [begin(["type": "text", "text": ""]), stop()] }
    return events + [
      Self.event(
        "message_delta",
        [
          "delta": [
            "stop_reason": completion.stopReason, "stop_sequence": completion.stopSequence,
          ],
          "usage": completion.anthropicUsage,
          "whence": completion.extra(isServerSigned: head.isServerSigned),
        ]), Self.event("message_stop"),
    ]
  }

  func failing(_ refusal: Refusal) -> [ServerSentEvent] {
    [ServerSentEvent(name: "error", data: refusal.anthropicError.text())]
  }

  // MARK: Events

  private mutating func begin(_ block: JSON) -> ServerSentEvent {
    blocks += 1
    return Self.event(
      "content_block_start", ["index": .integer(blocks - 1), "content_block": block])
  }

  private func delta(_ delta: JSON) -> ServerSentEvent {
    Self.event("content_block_delta", ["index": .integer(blocks - 1), "delta": delta])
  }

  private func stop() -> ServerSentEvent {
    Self.event("content_block_stop", ["index": .integer(blocks - 1)])
  }

  private mutating func endText() -> [ServerSentEvent] {
    guard isTextOpen else { return [] }
    isTextOpen = false
    return [stop()]
  }

  private static func event(_ type: String, _ members: JSON = [:]) -> ServerSentEvent {
    let all =
      [JSONObject.Member(name: "type", value: .string(type))]
      + (members.object?.members ?? [])
    return ServerSentEvent(name: type, data: JSON.object(JSONObject(all)).text())
  }

  private func message(_ blocks: [JSON]) -> JSONObject {
    JSONObject([
      .init(name: "id", value: .string(head.name("msg_"))), .init(name: "type", value: "message"),
      .init(name: "role", value: "assistant"), .init(name: "model", value: .string(head.model)),
      .init(name: "content", value: .array(blocks)), .init(name: "stop_reason", value: .null),
      .init(name: "stop_sequence", value: .null),
    ])
  }
}

extension ChatCompletion {
  fileprivate var stopReason: JSON {
    switch end {
    case .stop: stop == nil ? "end_turn" : "stop_sequence"
    case .length: "max_tokens"
    case .toolCalls: "tool_use"
    }
  }

  fileprivate var stopSequence: JSON { end == .stop ? stop.map { .string($0) } ?? .null : .null }

  fileprivate var anthropicUsage: JSON {
    ["input_tokens": .integer(tokensIn), "output_tokens": .integer(tokensOut)]
  }
}
