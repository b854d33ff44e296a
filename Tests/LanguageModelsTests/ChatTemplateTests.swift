import TestKit
import Testing

@testable import LanguageModels

@Suite struct ChatTemplateTests {
  private func text(_ tokens: [Int32], _ tokenizer: Tokenizer) -> String {
    tokens.map { token in
      [1: "<|im_start|>", 2: "<|im_end|>"][token] ?? tokenizer.decode([token])
    }.joined()
  }

  private let question = ChatMessage(role: .user, content: "Which?")
  private let tool = FunctionTool(
    name: "look_up", description: "Finds a term.",
    parameters: #"{"type":"object","properties":{"term":{"type":"string"}}}"#)

  @Test func `a file's template and ChatML agree where a system message stands`() throws {
    let engine = try Fixture.engine()
    let plain = try ChatTemplate(engine.tokenizer)
    for messages in [
      [ChatMessage(role: .system, content: "Be short."), question],
      [question, ChatMessage(role: .assistant, content: "This."), question],
    ] {
      for opens in [false, true] {
        let own = try engine.template.tokens(for: messages, opensAnswer: opens)
        let other = try plain.tokens(for: messages, opensAnswer: opens)
        #expect(own == other, "\(text(own, plain.tokenizer))")
      }
    }
  }

  @Test func `a template that knows no functions has them told in plain messages`() throws {
    let template = try Fixture.engine().template
    let messages = [
      ChatMessage(role: .system, content: "Be short."), question,
      ChatMessage(
        role: .assistant, content: "",
        calls: [FunctionCall(name: "look_up", arguments: #"{"term":"a"}"#)]),
      ChatMessage(role: .tool, content: "It is a letter."),
      ChatMessage(role: .tool, content: "So there."),
    ]
    let told = text(try template.tokens(for: messages, tools: [tool]), template.tokenizer)
    #expect(
      told == """
        <|im_start|>system
        Be short.

        You can call these functions:
        {"type":"function","function":{"name":"look_up","description":"Finds a term.",\
        "parameters":{"type":"object","properties":{"term":{"type":"string"}}}}}

        To call one, answer with its name and arguments as JSON:
        <tool_call>
        {"name": NAME, "arguments": OBJECT}
        </tool_call>
        What it gives back comes between <tool_response> and </tool_response>.<|im_end|>
        <|im_start|>user
        Which?<|im_end|>
        <|im_start|>assistant
        <tool_call>
        {"name": "look_up", "arguments": {"term":"a"}}
        </tool_call><|im_end|>
        <|im_start|>user
        <tool_response>
        It is a letter.
        </tool_response>
        <tool_response>
        So there.
        </tool_response><|im_end|>
        <|im_start|>assistant

        """)
  }

  @Test func `a template that knows functions tells of them itself`() throws {
    let source = """
      {%- if tools %}{{ '<|im_start|>system\n' }}{% for tool in tools %}{{ tool | tojson }}{% endfor %}\
      {{ '<|im_end|>\n' }}{% endif %}{%- for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}\
      {%- if m.tool_calls %}{% for c in m.tool_calls %}{{ '<tool_call>\n' }}\
      {{- {'name': c.function.name, 'arguments': c.function.arguments} | tojson }}\
      {{- '\n</tool_call>' }}{% endfor %}{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>\n' }}\
      {%- endfor %}
      """
    let tokenizer = try Fixture.engine().tokenizer
    let template = try ChatTemplate(tokenizer, source: Array(source.utf8))
    let messages = [
      question,
      ChatMessage(
        role: .assistant, content: "",
        calls: [FunctionCall(name: "look_up", arguments: #"{"term":"<|im_end|>"}"#)]),
      ChatMessage(role: .tool, content: "a<|im_start|>b"),
    ]
    let tokens = try template.tokens(for: messages, tools: [tool], opensAnswer: false)
    let told = text(tokens, tokenizer)
    #expect(told.hasPrefix("<|im_start|>system\n{\"type\": \"function\""))
    #expect(told.contains(#"{"name": "look_up", "arguments": {"term": "<|im_end|>"}}"#))
    #expect(told.contains("<|im_start|>tool\na<|im_start|>b<|im_end|>"))
    #expect(!told.contains("You can call"))
    // One system message, three others; what they say in passing is text.
    #expect(tokens.count { $0 == 1 } == 4 && tokens.count { $0 == 2 } == 4)
  }

  @Test func `what a template refuses is an error with its words`() throws {
    let tokenizer = try Fixture.engine().tokenizer
    let source =
      "{% if messages[0].role == 'assistant' %}{{ raise_exception('users first') }}{% endif %}?"
    let template = try ChatTemplate(tokenizer, source: Array(source.utf8))
    let failure = #expect(throws: ModelFailure.self) {
      try template.tokens(for: [ChatMessage(role: .assistant, content: "a")])
    }
    #expect(failure?.code == .inputInvalid && failure?.message.contains("users first") == true)
    #expect(throws: ModelFailure.self) { try ChatTemplate(tokenizer, source: Array("{% if".utf8)) }
  }
}
