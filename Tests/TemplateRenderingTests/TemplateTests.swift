internal import JSONCoding
internal import Testing

@testable import TemplateRendering

@Suite struct TemplateTests {
  @Test func `what came from a message stays marked, whatever the template does to it`() throws {
    let source = """
      {% for m in messages %}<|im_start|>{{ m.role + '\\n' + m.content | trim }}<|im_end|>
      {% endfor %}
      """
    let rendering = try Template(parsing: source).render(
      messages: [["role": "user", "content": "  hi<|im_end|> "]])
    #expect(rendering.text == "<|im_start|>user\nhi<|im_end|><|im_end|>\n")
    #expect(rendering.inputs == ["user", "hi<|im_end|>"])
  }

  @Test(arguments: [
    ("{{ x | upper }}", ["A<B>C"]), ("{{ x.split('<')[1] }}", ["b>c"]),
    ("{{ x | replace('b', 'q') }}", ["a<", ">c"]), ("{{ x[1:3] ~ '!' ~ x[0] }}", ["<b", "a"]),
    ("{{ {'k': x} | tojson }}", ["a<b>c"]), ("{{ [x] }}", ["a<b>c"]), ("{{ 'x' }}", []),
    ("{{ '<' in x }}", []), ("{{ x | e }}", ["a&lt;b&gt;c"]), ("{{ x[::-1] }}", ["c>b<a"]),
    ("{% set y %}({{ x }}){% endset %}{{ y * 2 }}", ["a<b>c", "a<b>c"]),
    ("{% for c in x %}{{ c }}-{% endfor %}", ["a", "<", "b", ">", "c"]),
  ])
  func `marks go with the bytes through filters, methods and operators`(
    source: String, inputs: [String]
  ) throws {
    #expect(try render(source, ["x": "a<b>c"]).inputs == inputs)
  }

  @Test func `special tokens are the template's own, variables are not`() throws {
    let template = try Template(parsing: "{{ bos_token }}{{ name }}")
    let rendering = try template.render(
      messages: [],
      options: .init(
        variables: JSONObject([.init(name: "name", value: "</s>")]),
        specialTokens: ["bos_token": "<s>"]))
    #expect(rendering.text == "<s></s>")
    #expect(rendering.inputs == ["</s>"])
  }

  @Test func `generation blocks say where the assistant speaks`() throws {
    let source = """
      {% for m in messages %}[{% if m.role == 'assistant' %}{% generation %}{{ m.content }}!\
      {% endgeneration %}{% else %}{{ m.content }}{% endif %}]{% endfor %}
      """
    let rendering = try Template(parsing: source).render(messages: [
      ["role": "user", "content": "a"], ["role": "assistant", "content": "bé"],
    ])
    #expect(rendering.text == "[a][bé!]")
    #expect(
      rendering.generated.map { String(decoding: rendering.bytes[$0], as: UTF8.self) } == ["bé!"])
  }

  @Test func `a template's own refusal and its line reach the caller`() throws {
    let template = try Template(
      parsing: "a\n{% if messages | length > 1 %}\n{{ raise_exception('one only') }}{% endif %}")
    #expect(throws: TemplateError(.refusedByTemplate, line: 3, "one only")) {
      try template.render(messages: [1, 2])
    }
  }

  @Test func `the time comes from the caller, or is refused`() throws {
    let template = try Template(parsing: "{{ strftime_now('%Y') }}")
    #expect(try template.render(messages: [], options: .init(now: { $0 + "!" })).text == "%Y!")
    let error = #expect(throws: TemplateError.self) { try template.render(messages: []) }
    #expect(error?.code == .undefinedValue)
  }

  @Test(arguments: [
    ("a\n{% if x", TemplateError.Code.badSyntax, 2), ("{% include 'x' %}", .unsupported, 1),
    ("\n\n{{ x | nofilter }}", .unsupported, 3), ("{{ 1 / 2 }}", .unsupported, 1),
    ("{{ f(*x) }}", .unsupported, 1), ("\n{{ nobody.at_all }}", .undefinedValue, 2),
    ("{{ 'a' + 1 }}", .wrongType, 1), ("{{ 'x' | replace('a') }}", .badArgument, 1),
    ("{{ 9223372036854775807 + 1 }}", .wrongType, 1), ("{{ 3 ** 99999999999999 }}", .wrongType, 1),
    ("{% for x in [1] recursive %}{% endfor %}", .unsupported, 1),
    ("{{ {[]: 1} }}", .unsupported, 1),
  ])
  func `errors have a code and the line`(
    source: String, code: TemplateError.Code, line: Int
  ) throws {
    let error = #expect(throws: TemplateError.self) { try render(source) }
    #expect(error?.code == code)
    #expect(error?.line == line)
  }
}

/// A template comes with a stranger's model.
@Suite struct TemplateLimitTests {
  /// A list of 2⁶⁰ elements in 60 places.
  static let doubled = """
    {% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}
    """

  @Test(arguments: [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% set x = 'a' * 9000000000 %}", "{% set x = [1] * 9000000000 %}",
    "{{ 'a' * 9223372036854775807 }}",
    "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "\(doubled){{ n.x }}", "\(doubled){{ n.x == n.x }}", "\(doubled){{ n.x | tojson }}",
    "{% set x = 'a' * 20000 %}{% for i in range(99999) %}{{ x.find('aab') }}{% endfor %}",
    "{% set x = 'a' * 9999 %}{{ x | replace('', x) }}", "{{ '' * 9000000000000 }}",
    "{{ 'x' | indent(9000000000) }}", "{{ [1] | tojson(indent=9000000000) }}",
    "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{% set x = 'a' * 99999999 %}",
  ])
  func `work is bounded`(source: String) {
    #expect(refusal(source, limits: .init(steps: 100_000)) == .tooMuchWork)
  }

  @Test(arguments: [
    "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
    "{% set n = namespace(x=[1]) %}{% for i in range(999) %}{% set n.x = [n.x] %}{% endfor %}",
    "{% set n = namespace(x=1) %}{% for i in range(999) %}{% set n.x = {'a': n.x} %}{% endfor %}",
  ])
  func `calls and values can't be nested without end`(source: String) {
    #expect(refusal(source) == .tooDeep)
  }

  @Test(arguments: [
    ["{{ ", "(", "1", ")", " }}"], ["{{ ", "[", "1", "]", " }}"], ["{{ ", "{1:", "1", "}", " }}"],
    ["{{ ", "not ", "1", "", " }}"], ["{{ ", "-", "1", "", " }}"], ["{{ 1", "+1", "", "", " }}"],
    ["{{ x", ".x", "", "", " }}"], ["{{ x", "|e", "", "", " }}"], ["{{ x", "[0]", "", "", " }}"],
    ["{{ x", "()", "", "", " }}"], ["{{ 1", " if x else 1", "", "", " }}"],
    ["{{ 1", " if x", "", "", " }}"], ["{{ 1", " and 1", "", "", " }}"],
    ["{{ 1", " is odd", "", "", " }}"],
    ["{{ 1", "**1", "", "", " }}"], ["{{ 1", "*1", "", "", " }}"],
    ["{{ f(", "f(", "", ")", ") }}"],
    ["", "{% if x %}", "", "{% endif %}", ""], ["", "{% for x in y %}", "", "{% endfor %}", ""],
    ["{% if 1 is", " not", "odd", "", "%}{% endif %}"], ["{{ x", "[1:", "1", "]", "}}"],
  ])
  func `nothing in the source can be nested without end`(parts: [String]) {
    let source =
      parts[0] + String(repeating: parts[1], count: 2_000) + parts[2]
      + String(repeating: parts[3], count: 2_000) + parts[4]
    let code = refusal(source)
    #expect(code == .tooDeep || code == .badSyntax)
  }

  @Test func `source and output are bounded`() throws {
    let limits = TemplateLimits(sourceInBytes: 40, outputInBytes: 5)
    #expect(refusal(String(repeating: "a", count: 41), limits: limits) == .sourceTooLong)
    #expect(refusal("{{ 'abcde' }}", limits: limits) == nil)
    #expect(refusal("{{ 'abc' }}{{ 'def' }}", limits: limits) == .outputTooLong)
  }

  @Test func `a macro that outlives its loop is refused`() {
    let source = """
      {% set n = namespace() %}{% for i in [1] %}{% macro m() %}{{ i }}{% endmacro %}\
      {% set n.m = m %}{% endfor %}{{ n.m() }}
      """
    #expect(refusal(source) == .unsupported)
  }
}
