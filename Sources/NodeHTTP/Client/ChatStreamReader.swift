package import ClientAPI
internal import JSONCoding
internal import Networking

/// Puts an answer together from the events of its stream.
package struct ChatStreamReader {
  private var parser = ServerSentEventParser()
  private var text = ""
  private var toolCalls: [ToolCall] = []
  private var likelihoods: [AnswerToken] = []
  private var model = ""
  private var end: ChatCompletion.End?
  private var extra: JSON?
  private var isDone = false
  /// What the server failed with, or `unreachable` if the stream makes no sense.
  package private(set) var failure: InferenceFailure?

  package init() {}

  /// Takes the next bytes and returns the answer's pieces in them, up to the end or a failure.
  package mutating func take(_ bytes: [UInt8]) -> [AnswerPiece] {
    var pieces: [AnswerPiece] = []
    do throws(NetworkFailure) {
      for event in try parser.take(bytes) where !isDone && failure == nil {
        take(event, into: &pieces)
      }
    } catch {
      failure = failure ?? InferenceFailure(.unreachable, error.description)
    }
    return pieces
  }

  /// The whole answer; nil unless the stream came to its end.
  package var completion: ChatCompletion? {
    guard isDone, failure == nil, let end else { return nil }
    var completion = ChatCompletion(extra: extra, model: model, text: text, end: end)
    completion?.toolCalls = toolCalls
    if !likelihoods.isEmpty { completion?.likelihoods = likelihoods }
    return completion
  }

  private mutating func take(_ event: ServerSentEvent, into pieces: inout [AnswerPiece]) {
    guard event.data != "[DONE]" else {
      isDone = true
      return
    }
    guard let json = try? JSON(parsing: event.data) else {
      failure = InferenceFailure(.unreachable, "an event of the answer is not JSON")
      return
    }
    guard json["error"] == nil else {
      failure = InferenceFailure(received: ReceivedRefusal(json: json))
      return
    }
    model = json["model"]?.string ?? model
    extra = json["whence"] ?? extra
    let choice = json["choices"]?[0]
    end = choice?["finish_reason"]?.string.flatMap(ChatCompletion.End.init(rawValue:)) ?? end
    let told = choice?["logprobs"].flatMap { [AnswerToken](json: $0) } ?? []
    likelihoods += told
    if let piece = choice?["delta"]?["content"]?.string, !piece.isEmpty || !told.isEmpty {
      text += piece
      pieces.append(.text(piece, likelihoods: told))
    }
    for json in choice?["delta"]?["tool_calls"]?.array ?? [] {
      // A server of this protocol sends each call whole.
      guard let call = ToolCall(json: json) else {
        failure = InferenceFailure(.unreachable, "a call in the answer can't be read")
        return
      }
      toolCalls.append(call)
      pieces.append(.toolCall(call))
    }
  }
}

extension InferenceFailure {
  /// The failure that a server sent; `unreachable` if its code is not of this protocol.
  init(received refusal: ReceivedRefusal?) {
    guard let refusal else {
      self.init(.unreachable, "the server's refusal can't be read")
      return
    }
    guard let code = Code(rawValue: refusal.code) else {
      let isOurs = refusal.code == RefusalCode.bodyTooLarge.rawValue
      self.init(
        isOurs ? .invalidRequest : .unreachable, "\(refusal.code): \(refusal.message)",
        parameter: refusal.parameter)
      return
    }
    self.init(code, refusal.message, parameter: refusal.parameter)
  }
}
