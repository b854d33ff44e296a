internal import JSONCoding
internal import TemplateRendering

extension Decoder {
  /// What comes with a model, or with a request to one.
  static let serving: [Decoder] = [
    // A syntax tree is large beside its text.
    Decoder(
      "Template", samples: templates, bytesPerByte: 2_000,
      read: { try Template(parsing: $0, limits: TemplateLimits(steps: 20_000)) },
      fault: { template, _ in
        // Whatever it does, it ends, and by throwing alone if not by a text.
        guard let rendering = try? template.render(messages: conversation, tools: [tool]) else {
          return nil
        }
        return rendering.input.allSatisfy { $0.upperBound <= rendering.bytes.count }
          ? nil : "it marks bytes that it does not have"
      })
  ]

  private static let conversation: JSON = [
    ["role": "system", "content": "be <b>"], ["role": "user", "content": " h\u{e9} "],
  ]
  private static let tool: JSON = ["type": "function", "function": ["name": "f"]]

  private static let templates =
    ["SmolLM2-135M-Instruct", "Qwen-Qwen3-0.6B", "mistralai-Mistral-Nemo-Instruct-2407"].map {
      TestData.text("TemplateRenderingTests/ThirdParty/\($0).jinja")
    }
    + [
      "{%- macro m(a, b=1) -%}{{ a ~ b }}{{ caller() }}{%- endmacro %}{% call m(2) %}x{% endcall %}",
      "{% set n = namespace(a=[1, {'k': none}]) %}{% set n.a = n.a[::-1] %}{{ n.a | tojson(indent=2) }}",
      "{% for k, v in {'a': 1}.items() if v is odd %}{{ loop.index }}{{ k | upper }}{% endfor %}",
      "{% set x %}{% filter indent(2) %}{% raw %}{{ }}{% endraw %}{% endfilter %}{% endset %}{{ x }}",
      "{% if messages[0].content in 'a' * 2 %}{% elif not x is defined %}{{ 'a %s' % 7 // 2 }}{% endif %}",
      "{% with a = 1 %}{% for m in messages %}{{ m.content.split('b') }}{% break %}{% endfor %}{% endwith %}",
    ].map { Array($0.utf8) }
}
