internal import ConstrainedOutput
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
      }),
    // An automaton may be a thousand times as large as what it was made from, up to its limit.
    Decoder(
      "Constraint.schema", samples: schemas, bytesPerByte: 100_000,
      read: { try Constraint(schema: JSON(parsing: $0), limits: small) },
      fault: { constraint, _ in fault(of: constraint) }),
    Decoder(
      "Constraint.expression", samples: expressions, bytesPerByte: 100_000,
      read: { bytes -> Constraint? in
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return try Constraint(expression: text, limits: small)
      },
      fault: { constraint, _ in fault(of: constraint) }),
  ]

  private static let small = ConstraintLimits(states: 1_000, schemas: 100)
  private static let bytes = TokenVocabulary((UInt8.min...UInt8.max).map { [$0] })

  /// What is begun can be gone on with until it is whole.
  private static func fault(of constraint: Constraint) -> String? {
    var decoder = ConstrainedDecoder(constraint, vocabulary: bytes)
    for step in 0..<8 where decoder.canContinue {
      let mask = decoder.allowedTokens()
      let allowed = (UInt8.min...UInt8.max).filter { mask.contains(Int32($0)) }
      guard !allowed.isEmpty else { return "nothing can follow" }
      guard decoder.advance([allowed[step * 7 % allowed.count]]) else {
        return "what was allowed is refused"
      }
    }
    return decoder.canContinue || decoder.isComplete ? nil : "it ends before it is whole"
  }

  private static let schemas = [
    #"{"type": "object", "properties": {"a": {"type": "string", "minLength": 1, "maxLength": 3}},"#
      + ##""required": ["a"], "additionalProperties": {"$ref": "#/$defs/n"},"##
      + #""$defs": {"n": {"type": ["number", "null"], "minimum": -1.5, "exclusiveMaximum": 20}}}"#,
    #"{"anyOf": [{"enum": [1, "a", null]}, {"type": "string", "pattern": "^a|[b-d]{2,}$"}]}"#,
    ##"{"type": "array", "items": {"$ref": "#"}, "maxItems": 3}"##,
    #"{"allOf": [{"type": "string"}, {"format": "date"}]}"#, #"{"type": "object"}"#,
  ].map { Array($0.utf8) }

  private static let expressions = [
    #"(a|[^b-d\d])*?\u00e9{2,3}"#, #"^(?:x|(?<n>y\.)+)\s$"#, ".{1,20}",
  ].map { Array($0.utf8) }

  private static let conversation: JSON = [
    ["role": "system", "content": "be <b>"], ["role": "user", "content": " h\u{e9} "],
  ]
  private static let tool: JSON = ["type": "function", "function": ["name": "f"]]

  private static let templates =
    ["SmolLM2-135M-Instruct", "Qwen-Qwen3-0.6B", "mistralai-Mistral-Nemo-Instruct-2407"].map {
      TestData.text("TemplateRenderingTests/ThirdParty/\($0).jinja")
    }
    + [
      "{%- macro m(a, b=1) -%}{{ a ~ b }}{{ caller() }}{% endmacro %}{% call m(2) %}x{% endcall %}",
      "{% set n = namespace(a=[1, {'k': none}]) %}{% set n.a = n.a[::-1] %}{{ n.a | tojson }}",
      "{% for k, v in {'a': 1}.items() if v is odd %}{{ loop.index }}{{ k | upper }}{% endfor %}",
      "{% set x %}{% filter indent(2) %}{% raw %}{{{% endraw %}{% endfilter %}{% endset %}{{ x }}",
      "{% if messages[0].role in 'a' * 2 %}{% elif not x is defined %}{{ 7 // 2 }}{% endif %}",
      "{% with a = 1 %}{% for m in messages %}{{ m.content.split('b') }}{% break %}{% endfor %}"
        + "{% endwith %}",
    ].map { Array($0.utf8) }
}
