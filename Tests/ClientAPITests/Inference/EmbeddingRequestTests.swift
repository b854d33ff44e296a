import ClientAPI
import Testing

@Suite struct EmbeddingRequestTests {
  func parse(_ text: String) throws -> EmbeddingRequest {
    try EmbeddingRequest(parsing: Array(text.utf8), dimension: 384)
  }

  @Test func `a text and a list of texts are taken`() throws {
    #expect(try parse(#"{"model":"m","input":"a"}"#) == .init(model: "m", texts: ["a"]))
    #expect(
      try parse(
        #"{"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":384,"user":"u"}"#)
        == .init(model: "m", texts: ["a", "b"], encoding: .base64))
    #expect(
      try parse(#"{"model":"m","input":["a"],"truncate_prompt_tokens":-1}"#)
        == .init(model: "m", texts: ["a"], cutsTexts: true))
  }

  @Test(arguments: [
    (#""input":"""#, "input", InferenceFailure.Code.invalidRequest),
    (#""input":[]"#, "input", .invalidRequest), (#""input":["a",""]"#, "input", .invalidRequest),
    (#""input":{"a":1}"#, "input", .invalidRequest), (#""x":1"#, "input", .invalidRequest),
    (#""input":[1,2]"#, "input", .unsupportedParameter),
    (#""input":[[1],[2]]"#, "input", .unsupportedParameter),
    (#""input":"a","dimensions":256"#, "dimensions", .unsupportedParameter),
    (#""input":"a","encoding_format":"int8""#, "encoding_format", .unsupportedParameter),
    (
      #""input":"a","truncate_prompt_tokens":12"#, "truncate_prompt_tokens", .unsupportedParameter
    ),
  ])
  func `what can't be is refused by its name`(
    members: String, parameter: String, code: InferenceFailure.Code
  ) {
    let failure = #expect(throws: InferenceFailure.self) {
      try parse(#"{"model":"m",\#(members)}"#)
    }
    #expect(failure?.parameter == parameter && failure?.code == code)
  }

  @Test func `a request has at most so many texts`() throws {
    func body(_ count: Int) -> String {
      #"{"model":"m","input":[\#(repeatElement(#""a""#, count: count).joined(separator: ","))]}"#
    }
    #expect(try parse(body(EmbeddingRequest.textMaximum)).texts.count == 1024)
    #expect(throws: InferenceFailure.self) { try parse(body(EmbeddingRequest.textMaximum + 1)) }
  }
}
