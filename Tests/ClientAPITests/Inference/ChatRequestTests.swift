import ClientAPI
import Primitives
import Testing

@Suite struct ChatRequestTests {
  func parse(_ text: String) throws -> ChatRequest { try ChatRequest(parsing: Array(text.utf8)) }

  @Test func `a request survives its body`() throws {
    let request = ChatRequest(
      model: "terms", messages: [.init(role: .user, content: "What is \"DNIX\"?\n")],
      maximumTokens: 40, sampling: ChatSampling(temperature: 50, topP: 905, seed: 9),
      stops: ["\n", "END"], isStreaming: true, includesUsage: true, passageLimit: 16)
    #expect(try ChatRequest(parsing: request.body) == request)
    var other = request
    other.sampling.topK = 40
    other.sampling.minP = 50
    other.sampling.presencePenalty = -2000
    other.sampling.frequencyPenalty = 1
    other.sampling.bias = [
      .init(token: 0, thousandths: -100_000), .init(token: 70_000, thousandths: 1500),
    ]
    #expect(try ChatRequest(parsing: other.body) == other)
  }

  @Test func `functions, calls and forms survive a body`() throws {
    let tool = ChatTool(
      name: "look_up", description: "Finds a term.",
      parameters: #"{"type":"object","properties":{"term":{"type":"string"}}}"#)
    var request = ChatRequest(
      model: "terms",
      messages: [
        .init(role: .user, content: "a"),
        .init(
          role: .assistant, content: "",
          toolCalls: [.init(id: "call_1", name: "look_up", arguments: #"{"term":"b"}"#)]),
        .init(role: .tool, content: "", toolCall: "call_1"),
      ], passageLimit: 2)
    request.tools = [tool, ChatTool(name: "other")]
    request.callsInParallel = false
    request.likelihoods = 3
    for choice in [ToolChoice.auto, .none, .required, .named("other")] {
      request.toolChoice = choice
      for format in [
        AnswerFormat.text, .jsonObject, .schema(#"{"type":"string"}"#), .expression("[a-c]+"),
      ] {
        request.format = format
        #expect(try ChatRequest(parsing: request.body) == request)
      }
    }
    let raw = ChatRequest(model: "terms", prompt: "Once ")
    #expect(try ChatRequest(parsing: raw.body) == raw)
  }

  @Test(arguments: [
    #"[{"type":"function"}]"#, #"[{"type":"function","function":{"name":"a b"}}]"#,
    #"[{"type":"function","function":{"name":"a","parameters":[]}}]"#,
    #"[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}]"#,
  ])
  func `a function that can't be called is refused by its place`(tools: String) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":\#(tools)}"#)
    }
    #expect(failure?.code == .invalidRequest)
    #expect(failure?.parameter?.hasPrefix("tools[") == true)
  }

  @Test(arguments: [
    (#""tool_choice":"required""#, "tool_choice"),
    (#""tool_choice":{"type":"function","function":{"name":"a"}}"#, "tool_choice"),
    (#""response_format":{"type":"xml"}"#, "response_format.type"),
    (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema.schema"),
    (#""guided_regex":"a","response_format":{"type":"json_object"}"#, "response_format"),
    (#""guided_regex":1"#, "guided_regex"),
    (#""logprobs":true,"top_logprobs":21"#, "top_logprobs"), (#""top_logprobs":2"#, "top_logprobs"),
    (#""prompt":"a""#, "prompt"), (#""functions":[{}]"#, "functions"),
    (#""stream":"yes""#, "stream"), (#""stream":1"#, "stream"), (#""logprobs":2"#, "logprobs"),
    (#""stream":true,"stream_options":{"include_usage":"1"}"#, "stream_options.include_usage"),
    (#""parallel_tool_calls":"no""#, "parallel_tool_calls"),
  ])
  func `a wish that can't be granted is refused by its name`(member: String, name: String) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m","messages":[{"role":"user","content":"a"}],\#(member)}"#)
    }
    #expect(failure?.parameter == name)
  }

  @Test(arguments: [
    (#"{"role":"tool","content":"x"}"#, "messages[0].tool_call_id"),
    (#"{"role":"assistant","content":null}"#, "messages[0].content"),
    (#"{"role":"robot","content":"x"}"#, "messages[0].role"),
    (
      #"{"role":"assistant","content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"1"}}]}"#,
      "messages[0].tool_calls[0]"
    ),
  ])
  func `a message that says nothing is refused by its place`(message: String, name: String) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m","messages":[\#(message)]}"#)
    }
    #expect(failure?.parameter == name)
  }

  @Test func `no more is given than the longest answer`() throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":100000}"#)
    #expect(request.maximumTokens == ChatRequest.tokenMaximum)
  }

  @Test func `a stop may be one text, and biases come in any order`() throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"stop":"END","top_k":-1,"#
        + #""logit_bias":{"9":-1.5,"2":100}}"#)
    #expect(request.stops == ["END"] && request.sampling.topK == 0)
    #expect(
      request.sampling.bias == [
        .init(token: 2, thousandths: 100_000), .init(token: 9, thousandths: -1500),
      ])
  }

  @Test(arguments: [
    #""stop":"""#, #""stop":["a","b","c","d","e"]"#, #""stop":[1]"#, #""stop":3"#,
    #""logit_bias":{"a":1}"#, #""logit_bias":{"01":1}"#, #""logit_bias":{"1":101}"#,
    #""logit_bias":[1]"#, #""presence_penalty":2.5"#, #""frequency_penalty":-3"#,
    #""min_p":-0.1"#, #""top_k":-2"#, #""top_k":1.5"#,
  ])
  func `sampling that can't be is refused by its name`(member: String) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m","messages":[{"role":"user","content":"a"}],\#(member)}"#)
    }
    #expect(failure?.code == .invalidRequest)
    #expect(member.hasPrefix("\"\(failure?.parameter ?? "")\""))
  }

  @Test func `OpenAI's defaults hold where a client is silent`() throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":"hi"}],"user":"x"}"#)
    #expect(request.sampling.temperature == 1000)
    #expect(request.sampling.topP == 1000)
    #expect(request.maximumTokens == ChatRequest.tokenDefault)
    #expect(!request.isStreaming)
    #expect(request.sampling.seed == nil)
  }

  @Test(arguments: [
    (#"[{"type":"file_search"}]"#, 4), (#"[{"type":"file_search","max_num_results":null}]"#, 4),
    (#"[{"max_num_results":1,"type":"file_search"}]"#, 1), ("[]", nil), ("null", nil),
  ])
  func `a search of the adapter's records is one of the tools`(tools: String, limit: UInt32?) throws
  {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":\#(tools)}"#)
    #expect(request.passageLimit == limit)
  }

  @Test(arguments: [
    (#"[{"type":"file_search","max_num_results":0}]"#, InferenceFailure.Code.invalidRequest),
    (#"[{"type":"file_search","max_num_results":17}]"#, .invalidRequest),
    (#"[{"type":"file_search","max_num_results":"4"}]"#, .invalidRequest),
    (#"[{"type":"file_search","vector_store_ids":["x"]}]"#, .unsupportedParameter),
    (#"[{"type":"file_search"},{"type":"file_search"}]"#, .unsupportedParameter),
    (#"["file_search"]"#, .unsupportedParameter),
    (#"{"type":"file_search"}"#, .invalidRequest), ("true", .invalidRequest),
  ])
  func `any other tool is refused`(tools: String, code: InferenceFailure.Code) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":\#(tools)}"#)
    }
    #expect(failure?.code == code)
    #expect(failure?.parameter?.hasPrefix("tools") == true)
  }

  @Test func `content may be a list of text parts`() throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},"#
        + #"{"type":"text","text":"b"}]}]}"#)
    #expect(request.messages[0].content == "ab")
  }

  @Test func `what clients send unasked and changes nothing is let through`() throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"developer","content":"a"},{"role":"user","content":"b"}],"#
        + #""tools":[],"logit_bias":{},"response_format":{"type":"text"},"logprobs":false,"#
        + #""presence_penalty":0}"#)
    #expect(request.messages[0].role == .system)
  }

  @Test(arguments: [
    (
      #"{"model":"m","messages":[{"role":"user","content":""}]}"#,
      InferenceFailure.Code.invalidRequest
    ),
    ("{", InferenceFailure.Code.invalidJSON),
    ("[]", .invalidJSON),
    (#"{"messages":[]}"#, .invalidRequest),
    (#"{"model":"m","messages":[]}"#, .invalidRequest),
    (#"{"model":"m","messages":[{"role":"robot","content":"a"}]}"#, .invalidRequest),
    (
      #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
      .invalidRequest
    ),
    (
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":-1}"#, .invalidRequest
    ),
    (
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":1e9}"#,
      .invalidRequest
    ),
    (#"{"model":"m","messages":[{"role":"user","content":"a"}],"top_p":0}"#, .invalidRequest),
    (#"{"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":0}"#, .invalidRequest),
    (#"{"model":"m","messages":[{"role":"user","content":"a"}],"seed":-4}"#, .invalidRequest),
    (#"{"model":"m","messages":[{"role":"user","content":"a"}],"n":2}"#, .unsupportedParameter),
    (
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{}]}"#,
      .unsupportedParameter
    ),
  ])
  func `what can't be answered is refused with its reason`(
    body: String, code: InferenceFailure.Code
  ) {
    let failure = #expect(throws: InferenceFailure.self) { try parse(body) }
    #expect(failure?.code == code)
  }

  @Test(arguments: [("0", 0), ("0.7", 700), ("1.00", 1000), ("1.25000", 1250), ("0.001", 1)])
  func `a decimal is read exactly`(text: String, thousandths: UInt32) throws {
    let request = try parse(
      #"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":\#(text)}"#)
    #expect(request.sampling.temperature == thousandths)
  }
}
