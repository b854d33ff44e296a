internal import ClientAPI
internal import JSONCoding
internal import Networking

/// OpenAI's response: a list of items, streamed with an event for each thing that happens to them.
struct ResponseShape: AnswerShape {
  private let head: AnswerHead
  /// What the client sent.
  private let request: JSON
  private var sequence = 0
  /// Items begun, and the text of the last one if that is a message that goes on.
  private var items: [JSON] = []
  private var text: String?
  private var likelihoods: [AnswerToken] = []

  init(_ head: AnswerHead, request: JSON) {
    self.head = head
    self.request = request
  }

  func whole(_ completion: ChatCompletion) -> JSON {
    var items: [JSON] = []
    if !completion.text.isEmpty || completion.toolCalls.isEmpty {
      let part = Self.part(
        completion.text, likelihoods: completion.likelihoods ?? [],
        annotations: completion.annotations)
      items.append(message(at: 0, status: completion.statusOfText, content: [part]))
    }
    for call in completion.toolCalls {
      items.append(self.call(call, at: items.count, arguments: call.arguments, status: "completed"))
    }
    return .object(finished(completion, items))
  }

  // MARK: Events

  mutating func opening(tokensIn: UInt32?) -> [ServerSentEvent] {
    let begun = JSON.object(response(status: "in_progress", output: []))
    return [
      event("response.created", ["response": begun]),
      event("response.in_progress", ["response": begun]),
    ]
  }

  mutating func piece(_ piece: AnswerPiece) -> [ServerSentEvent] {
    switch piece {
    case .prompt: return []
    case .text(let piece, let likelihoods):
      var events = text == nil ? beginText() : []
      text = (text ?? "") + piece
      self.likelihoods += likelihoods
      events.append(
        event(
          "response.output_text.delta",
          place([
            "content_index": 0, "delta": .string(piece), "logprobs": Self.logprobs(likelihoods),
          ])))
      return events
    case .toolCall(let call):
      return endText(status: "completed", annotations: nil) + events(of: call)
    }
  }

  private mutating func events(of call: ToolCall) -> [ServerSentEvent] {
    let begun = self.call(call, at: items.count, arguments: "", status: "in_progress")
    let done = self.call(call, at: items.count, arguments: call.arguments, status: "completed")
    items.append(done)
    let arguments = JSON.string(call.arguments)
    return [
      event(
        "response.output_item.added", ["output_index": .integer(items.count - 1), "item": begun]),
      event("response.function_call_arguments.delta", place(["delta": arguments])),
      event(
        "response.function_call_arguments.done",
        place(["name": .string(call.name), "arguments": arguments])),
      event(
        "response.output_item.done", ["output_index": .integer(items.count - 1), "item": done]),
    ]
  }

  mutating func closing(_ completion: ChatCompletion) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    if items.isEmpty, text == nil { events += beginText() }
    events += endText(status: completion.statusOfText, annotations: completion.annotations)
    let type = completion.end == .length ? "response.incomplete" : "response.completed"
    events.append(event(type, ["response": .object(finished(completion, items))]))
    return events
  }

  mutating func failing(_ refusal: Refusal) -> [ServerSentEvent] {
    var response = response(status: "failed", output: items)
    response["error"] = [
      "code": refusal.status == 429 ? "rate_limit_exceeded" : "server_error",
      "message": .string("\(refusal.code): \(refusal.message)"),
    ]
    return [event("response.failed", ["response": .object(response)])]
  }

  private mutating func beginText() -> [ServerSentEvent] {
    text = ""
    items.append(message(at: items.count, status: "in_progress", content: []))
    return [
      event(
        "response.output_item.added",
        ["output_index": .integer(items.count - 1), "item": items[items.count - 1]]),
      event(
        "response.content_part.added", place(["content_index": 0, "part": Self.part("")])),
    ]
  }

  private mutating func endText(status: String, annotations: JSON?) -> [ServerSentEvent] {
    guard let text else { return [] }
    let part = Self.part(text, likelihoods: likelihoods, annotations: annotations)
    let item = message(at: items.count - 1, status: status, content: [part])
    let logprobs = Self.logprobs(likelihoods)
    items[items.count - 1] = item
    self.text = nil
    likelihoods = []
    return [
      event(
        "response.output_text.done",
        place(["content_index": 0, "text": .string(text), "logprobs": logprobs])),
      event("response.content_part.done", place(["content_index": 0, "part": part])),
      event(
        "response.output_item.done", ["output_index": .integer(items.count - 1), "item": item]),
    ]
  }

  /// Where in the response something happens: in its last item.
  private func place(_ members: JSON) -> JSON {
    let all = [
      JSONObject.Member(name: "item_id", value: items.last?["id"] ?? .null),
      .init(name: "output_index", value: .integer(items.count - 1)),
    ]
    return .object(JSONObject(all + (members.object?.members ?? [])))
  }

  private mutating func event(_ type: String, _ members: JSON) -> ServerSentEvent {
    defer { sequence += 1 }
    let all = [
      JSONObject.Member(name: "type", value: .string(type)),
      .init(name: "sequence_number", value: .integer(sequence)),
    ]
    return ServerSentEvent(
      name: type, data: JSON.object(JSONObject(all + (members.object?.members ?? []))).text())
  }
}

extension ChatCompletion {
  /// Of a response's message: the last, if the limit ended it.
  fileprivate var statusOfText: String { end == .length ? "incomplete" : "completed" }
}

// MARK: - Documents
extension ResponseShape {
  private func finished(_ completion: ChatCompletion, _ items: [JSON]) -> JSONObject {
    let isCut = completion.end == .length
    var response = response(status: isCut ? "incomplete" : "completed", output: items)
    if isCut { response["incomplete_details"] = ["reason": "max_output_tokens"] }
    response["usage"] = [
      "input_tokens": .integer(completion.tokensIn),
      "input_tokens_details": ["cached_tokens": 0],
      "output_tokens": .integer(completion.tokensOut),
      "output_tokens_details": ["reasoning_tokens": 0],
      "total_tokens": .integer(UInt64(completion.tokensIn) + UInt64(completion.tokensOut)),
    ]
    response["whence"] = completion.extra(isServerSigned: head.isServerSigned)
    return response
  }

  private func response(status: String, output: [JSON]) -> JSONObject {
    func asked(_ name: String, _ absent: JSON = .null) -> JSON { request[name] ?? absent }
    return JSONObject([
      .init(name: "id", value: .string(head.name("resp_"))),
      .init(name: "object", value: "response"),
      .init(name: "created_at", value: .integer(head.created)),
      .init(name: "status", value: .string(status)), .init(name: "background", value: false),
      .init(name: "error", value: .null), .init(name: "incomplete_details", value: .null),
      .init(name: "instructions", value: asked("instructions")),
      .init(name: "max_output_tokens", value: asked("max_output_tokens")),
      .init(name: "model", value: .string(head.model)),
      .init(name: "output", value: .array(output)),
      .init(name: "parallel_tool_calls", value: asked("parallel_tool_calls", true)),
      .init(name: "previous_response_id", value: .null),
      .init(name: "reasoning", value: ["effort": nil, "summary": nil]),
      // Nothing is kept here, whatever a client asks.
      .init(name: "store", value: false),
      .init(name: "temperature", value: asked("temperature", 1)),
      .init(name: "text", value: asked("text", ["format": ["type": "text"]])),
      .init(name: "tool_choice", value: asked("tool_choice", "auto")),
      .init(name: "tools", value: asked("tools", [])),
      .init(name: "top_p", value: asked("top_p", 1)),
      .init(name: "truncation", value: "disabled"), .init(name: "usage", value: .null),
      .init(name: "user", value: asked("user")),
      .init(name: "metadata", value: asked("metadata", [:])),
    ])
  }

  private func message(at index: Int, status: String, content: [JSON]) -> JSON {
    [
      "id": .string("\(head.name("msg_"))_\(index)"), "type": "message", "status": .string(status),
      "role": "assistant", "content": .array(content),
    ]
  }

  private func call(_ call: ToolCall, at index: Int, arguments: String, status: String) -> JSON {
    [
      "id": .string("\(head.name("fc_"))_\(index)"), "type": "function_call",
      "status": .string(status), "call_id": .string(call.id), "name": .string(call.name),
      "arguments": .string(arguments),
    ]
  }

  private static func part(
    _ text: String, likelihoods: [AnswerToken] = [], annotations: JSON? = nil
  ) -> JSON {
    [
      "type": "output_text", "text": .string(text), "annotations": annotations ?? [],
      "logprobs": logprobs(likelihoods),
    ]
  }

  private static func logprobs(_ tokens: [AnswerToken]) -> JSON {
    tokens.isEmpty ? [] : tokens.json["content"] ?? []
  }
}
