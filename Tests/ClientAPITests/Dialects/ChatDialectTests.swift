import ClientAPI
import JSONCoding
import Testing

/// Each pair is a body of a dialect, and the chat that it stands for.
@Suite struct ChatDialectTests {
  struct Pair: Sendable, CustomTestStringConvertible {
    let dialect: ChatDialect
    let sent: String
    let chat: String

    var testDescription: String { "\(dialect): \(sent.prefix(80))" }
  }

  static let weather =
    #"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
  static let function =
    #"{"type":"function","function":{"name":"weather","description":"d","parameters":\#(weather)}}"#
  static let called =
    #"{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}"#

  static let pairs = [
    Pair(
      dialect: .completion,
      sent: #"{"model":"m","prompt":"ab","echo":false,"best_of":1,"suffix":null}"#,
      chat: #"{"model":"m","prompt":"ab","max_tokens":16}"#),
    Pair(
      dialect: .completion,
      sent:
        #"{"model":"m","prompt":["ab"],"max_tokens":5,"logprobs":2,"stop":"x","seed":3,"stream":true,"#
        + #""stream_options":{"include_usage":true},"temperature":0.5,"user":"u"}"#,
      chat:
        #"{"model":"m","prompt":"ab","max_tokens":5,"logprobs":true,"top_logprobs":2,"stop":["x"],"#
        + #""seed":3,"stream":true,"stream_options":{"include_usage":true},"temperature":0.5}"#),
    Pair(
      dialect: .response, sent: #"{"model":"m","input":"hi","store":true,"metadata":{"a":"b"}}"#,
      chat: #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#),
    Pair(
      dialect: .response,
      sent:
        #"{"model":"m","instructions":"brief","max_output_tokens":9,"parallel_tool_calls":false,"#
        + #""input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},"#
        + #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"let me see"}]},"#
        + #"{"type":"function_call","call_id":"c1","name":"weather","arguments":"{\"city\":\"Ulm\"}"},"#
        + #"{"type":"function_call_output","call_id":"c1","output":"rain"}],"#
        + #""tools":[{"type":"function","name":"weather","description":"d","parameters":\#(weather),"strict":true},"#
        + #"{"type":"file_search","vector_store_ids":["v"],"max_num_results":3}],"#
        + #""tool_choice":{"type":"function","name":"weather"},"stream":true}"#,
      chat:
        #"{"model":"m","messages":[{"role":"system","content":"brief"},{"role":"user","content":"ab"},"#
        + #"{"role":"assistant","content":"let me see","tool_calls":[\#(called)]},"#
        + #"{"role":"tool","tool_call_id":"c1","content":"rain"}],"max_tokens":9,"#
        + #""parallel_tool_calls":false,"tools":[\#(function),{"type":"file_search","max_num_results":3}],"#
        + #""tool_choice":{"type":"function","function":{"name":"weather"}},"stream":true}"#),
    Pair(
      dialect: .response,
      sent: #"{"model":"m","input":[{"type":"function_call","call_id":"c1","name":"weather","#
        + #""arguments":"{\"city\":\"Ulm\"}"},{"type":"function_call_output","call_id":"c1","output":""},"#
        + #"{"type":"reasoning","summary":[]},{"role":"user","content":"and?"}],"text":{"format":"#
        + #"{"type":"json_schema","name":"w","schema":\#(weather),"strict":true}},"top_logprobs":2,"#
        + #""include":["message.output_text.logprobs"]}"#,
      chat:
        #"{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[\#(called)]},"#
        + #"{"role":"tool","tool_call_id":"c1","content":""},{"role":"user","content":"and?"}],"#
        + #""response_format":{"type":"json_schema","json_schema":{"name":"w","schema":\#(weather)}},"#
        + #""logprobs":true,"top_logprobs":2}"#),
    Pair(
      dialect: .message,
      sent:
        #"{"model":"m","max_tokens":7,"system":[{"type":"text","text":"brief"}],"stop_sequences":["x","y"],"#
        + #""top_k":4,"temperature":0.1,"metadata":{"user_id":"u"},"messages":[{"role":"user","content":"hi"}]}"#,
      chat:
        #"{"model":"m","messages":[{"role":"system","content":"brief"},{"role":"user","content":"hi"}],"#
        + #""max_tokens":7,"stop":["x","y"],"top_k":4,"temperature":0.1}"#),
    Pair(
      dialect: .message,
      sent:
        #"{"model":"m","max_tokens":7,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]},"#
        + #"{"role":"assistant","content":[{"type":"text","text":"let me see"},"#
        + #"{"type":"tool_use","id":"c1","name":"weather","input":{"city":"Ulm"}}]},"#
        + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"#
        + #"[{"type":"text","text":"rain"}]},{"type":"text","text":"and?"}]}],"#
        + #""tools":[{"name":"weather","description":"d","input_schema":\#(weather)}],"#
        + #""tool_choice":{"type":"any","disable_parallel_tool_use":true},"thinking":{"type":"disabled"}}"#,
      chat: #"{"model":"m","messages":[{"role":"user","content":"hi"},"#
        + #"{"role":"assistant","content":"let me see","tool_calls":[\#(called)]},"#
        + #"{"role":"tool","tool_call_id":"c1","content":"rain"},{"role":"user","content":"and?"}],"#
        + #""max_tokens":7,"tools":[\#(function)],"tool_choice":"required","parallel_tool_calls":false}"#
    ),
    Pair(
      dialect: .message,
      sent: #"{"model":"m","max_tokens":7,"messages":[{"role":"user","content":"hi"}],"tools":"#
        + #"[{"type":"custom","name":"weather","description":"d","input_schema":\#(weather)}],"#
        + #""tool_choice":{"type":"tool","name":"weather"},"stream":true}"#,
      chat:
        #"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":7,"tools":[\#(function)],"#
        + #""tool_choice":{"type":"function","function":{"name":"weather"}},"stream":true}"#),
  ]

  /// A form as it is asked for now, with what changes nothing here beside it, and as in the beta.
  static let forms = [
    #""output_config":{"effort":"low","format":{"type":"json_schema","schema":\#(weather)}}"#,
    #""output_format":{"type":"json_schema","schema":\#(weather)}"#,
  ].map { form in
    Pair(
      dialect: .message,
      sent: #"{"model":"m","max_tokens":7,"messages":[{"role":"user","content":"hi"}],\#(form)}"#,
      chat:
        #"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":7,"response_format":"#
        + #"{"type":"json_schema","json_schema":{"name":"answer","schema":\#(weather)}}}"#)
  }

  @Test(arguments: pairs + forms)
  func `a body stands for one chat, whose bytes an order binds`(pair: Pair) throws {
    let read = try pair.dialect.request(in: Array(pair.sent.utf8))
    let expected = try ChatRequest(parsing: Array(pair.chat.utf8))
    #expect(read.chat == expected)
    #expect(read.body == expected.body)
    // Whoever checks a receipt has these bytes alone.
    #expect(try ChatRequest(parsing: read.body) == read.chat)
    #expect(try pair.dialect.request(in: Array(pair.sent.utf8)) == read)
  }

  @Test func `a chat's own bytes are bound as they are`() throws {
    let body = Array(#"{ "messages":[{"role":"user","content":"a"}], "model":"m" }"#.utf8)
    #expect(try ChatDialect.chat.request(in: body).body == body)
  }

  static let refused: [(ChatDialect, String, String, InferenceFailure.Code)] = [
    (.completion, #""prompt":["a","b"]"#, "prompt", .unsupportedParameter),
    (.completion, #""prompt":[1,2]"#, "prompt", .unsupportedParameter),
    (.completion, #""prompt":"""#, "prompt", .invalidRequest),
    (.completion, #""prompt":"a","echo":true"#, "echo", .unsupportedParameter),
    (.completion, #""prompt":"a","suffix":"b""#, "suffix", .unsupportedParameter),
    (.completion, #""prompt":"a","best_of":2"#, "best_of", .unsupportedParameter),
    (.completion, #""prompt":"a","n":2"#, "n", .unsupportedParameter),
    (.completion, #""prompt":"a","logprobs":-1"#, "logprobs", .invalidRequest),
    (.response, #""x":1"#, "input", .invalidRequest),
    (.response, #""input":[]"#, "input", .invalidRequest),
    (
      .response, #""input":"a","previous_response_id":"r""#, "previous_response_id",
      .unsupportedParameter
    ),
    (.response, #""input":"a","conversation":"c""#, "conversation", .unsupportedParameter),
    (.response, #""input":"a","background":true"#, "background", .unsupportedParameter),
    (
      .response, #""input":[{"role":"user","content":[{"type":"input_image"}]}]"#, "input[0]",
      .invalidRequest
    ),
    (.response, #""input":[{"type":"item_reference"}]"#, "input[0].type", .unsupportedParameter),
    (
      .response, #""input":"a","tools":[{"type":"web_search"}]"#, "tools[0].type",
      .unsupportedParameter
    ),
    (
      .response, #""input":"a","tools":[{"type":"file_search","filters":{"a":1}}]"#, "filters",
      .unsupportedParameter
    ),
    (.message, #""messages":[{"role":"user","content":"a"}]"#, "max_tokens", .invalidRequest),
    (.message, #""max_tokens":1,"messages":[]"#, "messages", .invalidRequest),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#,
      "messages", .unsupportedParameter
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"output_config":{"format":{"type":"x"}}"#,
      "output_config.format", .unsupportedParameter
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"output_format":{"type":"json_schema"}"#,
      "output_format", .unsupportedParameter
    ),
    (
      .message, #""max_tokens":1,"messages":[{"role":"system","content":"a"}]"#,
      "messages[0].role", .invalidRequest
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":[{"type":"image"}]}]"#,
      "messages[0].content[0].type", .unsupportedParameter
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"thinking":{"type":"enabled"}"#,
      "thinking", .unsupportedParameter
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"tool_choice":{"type":"one"}"#,
      "tool_choice", .invalidRequest
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"tools":[{"type":"bash"}]"#,
      "tools[0].type", .unsupportedParameter
    ),
  ]

  @Test(arguments: refused)
  func `what has no counterpart is refused by its name`(
    dialect: ChatDialect, members: String, parameter: String, code: InferenceFailure.Code
  ) {
    let failure = #expect(throws: InferenceFailure.self) {
      try dialect.request(in: Array(#"{"model":"m",\#(members)}"#.utf8))
    }
    #expect(failure?.parameter == parameter && failure?.code == code)
  }

  @Test(arguments: [
    (
      ChatDialect.response, #""input":"a","max_output_tokens":-4"#, "max_output_tokens",
      "max_output_tokens must be a whole number from 1"
    ),
    (.response, #""input":"""#, "input", "content must be text that is not empty"),
    (
      .response, #""input":"a","text":{"format":{"type":"json_schema","name":"n","schema":1}}"#,
      "text.format", "json_schema needs a schema"
    ),
    (
      .message,
      #""max_tokens":1,"messages":[{"role":"user","content":"a"}],"stop_sequences":[""]"#,
      "stop_sequences", "stop_sequences must be a text or at most"
    ),
    (.completion, #""prompt":"a","stop":[""]"#, "stop", "stop must be a text or at most"),
  ])
  func `a fault of the chat behind a body is told by the client's own names`(
    dialect: ChatDialect, members: String, parameter: String, beginning: String
  ) throws {
    let failure = try #require(
      throws: InferenceFailure.self
    ) { try dialect.request(in: Array(#"{"model":"m",\#(members)}"#.utf8)) }
    #expect(failure.parameter == parameter && failure.message.hasPrefix(beginning), "\(failure)")
  }

  @Test(arguments: ChatDialect.allCases)
  func `what is no JSON object is refused as such`(dialect: ChatDialect) {
    for body in ["", "{", "[]", "1", "{\"a\":"] {
      let failure = #expect(throws: InferenceFailure.self) {
        try dialect.request(in: Array(body.utf8))
      }
      #expect(failure?.code == .invalidJSON)
    }
  }
}
