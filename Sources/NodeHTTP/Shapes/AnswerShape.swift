internal import ClientAPI
internal import JSONCoding
internal import Networking
internal import Primitives

/// How one answer is written down in one dialect, whole or as the events of a stream.
protocol AnswerShape: Sendable {
  func whole(_ completion: ChatCompletion) -> JSON

  /// What a stream begins with.
  /// - Parameter tokensIn: how many tokens were read; nil if nobody says so yet.
  mutating func opening(tokensIn: UInt32?) -> [ServerSentEvent]

  /// What a piece of the answer adds; nothing for the prompt's count, which is for the opening.
  mutating func piece(_ piece: AnswerPiece) -> [ServerSentEvent]

  /// What a stream ends with, once the answer is whole.
  mutating func closing(_ completion: ChatCompletion) -> [ServerSentEvent]

  /// What a stream ends with that fails on its way.
  mutating func failing(_ refusal: Refusal) -> [ServerSentEvent]
}

/// What all shapes of an answer say.
struct AnswerHead: Sendable {
  let order: Digest
  let model: String
  /// Seconds since 1970-01-01 00:00 UTC.
  let created: UInt64
  /// Whether the server signed the order in the payer's place.
  let isServerSigned: Bool

  /// Half of the order's digest: equal names would be equal orders.
  func name(_ prefix: String) -> String { "\(prefix)\(order.description.prefix(32))" }
}

extension ChatDialect {
  /// - Parameter body: what the client sent, for what a shape says again.
  func shape(
    _ head: AnswerHead, of request: ChatRequest, body: [UInt8]
  ) -> any AnswerShape {
    switch self {
    case .chat: ChatEvents(ChatShape(head, includesUsage: request.includesUsage))
    case .completion: CompletionShape(head, includesUsage: request.includesUsage)
    case .response: ResponseShape(head, request: (try? JSON(parsing: body)) ?? [:])
    case .message: MessageShape(head)
    }
  }
}

/// OpenAI's chunks of a chat.
struct ChatEvents: AnswerShape {
  private let shape: ChatShape
  private var calls = 0

  init(_ shape: ChatShape) { self.shape = shape }

  func whole(_ completion: ChatCompletion) -> JSON { shape.whole(completion) }

  mutating func opening(tokensIn: UInt32?) -> [ServerSentEvent] {
    [ServerSentEvent(data: shape.opening.text())]
  }

  mutating func piece(_ piece: AnswerPiece) -> [ServerSentEvent] {
    guard let chunk = shape.piece(piece, after: calls) else { return [] }
    if case .toolCall = piece { calls += 1 }
    return [ServerSentEvent(data: chunk.text())]
  }

  mutating func closing(_ completion: ChatCompletion) -> [ServerSentEvent] {
    var events = [ServerSentEvent(data: shape.closing(completion).text())]
    if let usage = shape.usageChunk(completion) {
      events.append(ServerSentEvent(data: usage.text()))
    }
    return events + [ServerSentEvent(data: "[DONE]")]
  }

  mutating func failing(_ refusal: Refusal) -> [ServerSentEvent] {
    [ServerSentEvent(data: refusal.openAIError.text())]
  }
}

extension ChatDialect {
  /// What its clients add to its path: Anthropic's mark of what they call beta, which changes nothing here.
  var query: [String] { self == .message ? ["beta"] : [] }

  /// How its clients read refusals.
  var refusalStyle: Refusal.Style { self == .message ? .anthropic : .openAI }
}
