internal import CanonicalCoding
internal import ClientAPI
internal import JSONCoding
internal import Ledger
internal import Networking
internal import NodeHTTP
internal import Primitives

extension Decoder {
  /// What comes over HTTP as text.
  static let documents: [Decoder] = [
    // Of numbers and empty lists, whose values are many times as large as their text.
    Decoder(
      "JSON", samples: texts(documentSamples), bytesPerByte: 200,
      read: { try JSON(parsing: $0) },
      fault: { json, _ in
        try JSON(parsing: json.bytes()) == json && JSON(parsing: json.bytes(.indented)) == json
          ? nil : "it is not what it is written as"
      }),
    Decoder(
      "JSONNumber", samples: texts(["0", "-1.5e+10"]),
      read: { String(validating: $0, as: UTF8.self).flatMap { JSONNumber(text: $0) } },
      fault: { Array($0.text.utf8) == $1 ? nil : "it has another text" }),
    Decoder(
      "Message.json", samples: messages, bytesPerByte: 300,
      read: { try Message(json: JSON(parsing: $0)) },
      fault: { message, _ in
        try Message(json: JSON(encoding: message)).canonicalBytes == message.canonicalBytes
          ? nil : "it comes back from JSON as another message"
      }),
    Decoder(
      "ChatRequest", samples: texts(chatSamples), bytesPerByte: 300,
      read: { try ChatRequest(parsing: $0) },
      fault: { request, _ in
        try ChatRequest(parsing: request.body) == request ? nil : "it asks for something else"
      }),
    Decoder(
      "EmbeddingRequest",
      samples: texts([
        #"{"model": "m", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 384}"#,
        #"{"model": "m", "input": "a", "truncate_prompt_tokens": -1}"#,
      ]), bytesPerByte: 300, read: { try EmbeddingRequest(parsing: $0, dimension: 384) },
      fault: { request, _ in
        request.texts.allSatisfy { !$0.isEmpty } ? nil : "a text is empty"
      }),
    Decoder(
      "ServerSentEvents", samples: texts(eventSamples), bytesPerByte: 200,
      read: { bytes -> [ServerSentEvent]? in
        var parser = ServerSentEventParser()
        return try parser.take(bytes)
      },
      fault: { (events: [ServerSentEvent], _) in
        var parser = ServerSentEventParser()
        return try parser.take(events.flatMap(\.bytes)) == events
          ? nil : "the events are not what they are written as"
      }),
    Decoder("ChatStream", samples: texts(eventSamples), bytesPerByte: 300) {
      bytes -> [AnswerPiece]? in
      var reader = ChatStreamReader()
      let pieces = reader.take(bytes)
      _ = reader.completion
      return pieces
    },
    Decoder("Refusal", samples: texts(refusalSamples), bytesPerByte: 200) {
      ReceivedRefusal(body: $0)
    },
    Decoder(
      "StatePage", samples: texts(pageSamples), bytesPerByte: 200,
      read: { StatePage(json: try JSON(parsing: $0)) },
      fault: { StatePage(json: $0.json) == $0 || $1.isEmpty ? nil : "it is another page" }),
    Decoder("HTTP.path", samples: texts(["/v1/state/proofs/0a%2Fb", "/v1/a/%62/c"])) {
      bytes -> RouteCall? in
      guard let path = percentDecoded(bytes) else { return nil }
      return RouteCall(HTTPRequest(path: path), pattern: "/v1/{part}/{rest...}")
    },
    Decoder("Amount.text", samples: texts(["0", "340282366920938463463374607431768211455"])) {
      String(validating: $0, as: UTF8.self).flatMap { Amount(decimal: $0) }
    } fault: {
      Array("\($0)".utf8) == $1 ? nil : "it is written in other digits"
    },
  ]

  private static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  /// Every message of the vectors, as JSON.
  private static let messages = TestData.hex("LedgerTests/Vectors/messages.json", member: "hex")
    .compactMap { try? JSON(encoding: Message(canonicalBytes: $0)).bytes() }

  private static let documentSamples = [
    #"{"a": [1, -2.5e3, true, null, "\ud83d\ude00\n\u0041é"], "b": {"c": {}}, "": []}"#,
    " [[[[[[[[]]]]]]]] ", "0", #""""#,
  ]

  private static let chatSamples = [
    #"{"model": "m", "messages": [{"role": "user", "content": "hi"}]}"#,
    #"""
    {"model": "m", "messages": [{"role": "developer", "content": [{"type": "text", "text": "a"}]}],
     "temperature": 0.25, "top_p": 1.0, "seed": 18446744073709551615, "max_tokens": 3,
     "stream": true, "stream_options": {"include_usage": true}, "n": 1, "stop": []}
    """#,
  ]

  private static let eventSamples = [
    """
    event: chunk
    id: 1
    data: {"model": "m", "choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}

    data: {"whence": {"receipt": "\(Digest.zero)", "fee": "1", "tokens_in": 1, "tokens_out": 2}}

    : comment
    data
    data:
    data:  [DONE]

    data: [DONE]


    """,
    "data: {\"error\": {\"code\": \"busy\", \"message\": \"m\"}}\r\n\r\n",
  ]

  private static let refusalSamples = [
    #"{"error": {"code": "c", "message": "m", "param": "p"}}"#,
    #"{"code": "c", "detail": "d", "rejection": {"number": 1}}"#,
  ]

  private static let pageSamples = [
    #"{"entries": [{"key": "01", "value": ""}], "next": "01"}"#, #"{"entries": [], "next": null}"#,
  ]
}
