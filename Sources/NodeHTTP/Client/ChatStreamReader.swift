internal import ClientAPI
internal import JSONCoding
internal import Networking

/// Puts an answer together from the events of its stream.
struct ChatStreamReader {
  private var parser = ServerSentEventParser()
  private var text = ""
  private var model = ""
  private var end: ChatCompletion.End?
  private var extra: JSON?
  private(set) var isDone = false

  /// Takes the next bytes and returns the pieces of text in them.
  /// - Throws: what the server failed with, or `unreachable` if the stream makes no sense.
  mutating func take(_ bytes: [UInt8]) throws(InferenceFailure) -> [String] {
    let events: [ServerSentEvent]
    do {
      events = try parser.take(bytes)
    } catch {
      throw InferenceFailure(.unreachable, error.description)
    }
    var pieces: [String] = []
    for event in events where !isDone {
      if let piece = try take(event) { pieces.append(piece) }
    }
    return pieces
  }

  /// The whole answer; nil unless the stream came to its end.
  var completion: ChatCompletion? {
    guard isDone, let end else { return nil }
    return ChatCompletion(extra: extra, model: model, text: text, end: end)
  }

  private mutating func take(_ event: ServerSentEvent) throws(InferenceFailure) -> String? {
    guard event.data != "[DONE]" else {
      isDone = true
      return nil
    }
    guard let json = try? JSON(parsing: event.data) else {
      throw InferenceFailure(.unreachable, "an event of the answer is not JSON")
    }
    if json["error"] != nil { throw InferenceFailure(received: ReceivedRefusal(json: json)) }
    model = json["model"]?.string ?? model
    extra = json["whence"] ?? extra
    let choice = json["choices"]?[0]
    end = choice?["finish_reason"]?.string.flatMap(ChatCompletion.End.init(rawValue:)) ?? end
    guard let piece = choice?["delta"]?["content"]?.string, !piece.isEmpty else { return nil }
    text += piece
    return piece
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
