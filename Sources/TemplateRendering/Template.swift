public import JSONCoding

/// A chat template that came with a model: the part of Jinja that such templates are written in,
/// rendered as Hugging Face's `apply_chat_template` does.
///
/// What is not here is refused rather than rendered otherwise: inclusion of other templates,
/// recursive loops, arguments spread from lists, arithmetic with fractions, keys of dictionaries
/// other than text and whole numbers. More forgiving in one point: what `map` or `select` gives is
/// a list, so it has a length and can be written as JSON.
public struct Template: Sendable {
  private let statements: [Statement]
  private let limits: TemplateLimits

  /// - Throws: ``TemplateError`` with the line and what to do.
  /// - Complexity: O(n) in the source.
  public init(
    parsing source: [UInt8], limits: TemplateLimits = TemplateLimits()
  ) throws(TemplateError) {
    guard String(validating: source, as: UTF8.self) != nil else {
      throw TemplateError(.badSyntax, line: 1, "the template is not UTF-8")
    }
    var parser = try TemplateParser(source, limits: limits)
    statements = try parser.template()
    self.limits = limits
  }

  public init(
    parsing source: String, limits: TemplateLimits = TemplateLimits()
  ) throws(TemplateError) {
    try self.init(parsing: Array(source.utf8), limits: limits)
  }

  /// What a template is given beside the messages.
  public struct Options: Sendable {
    /// Whether the prompt ends where the assistant's answer begins.
    public var opensAnswer: Bool
    /// More variables, such as `enable_thinking`; they hide others of the same name.
    public var variables: JSONObject
    /// The names of special tokens, such as `bos_token`: the template's own, not marked as input.
    public var specialTokens: [String: String]
    /// Writes the time by a `strftime` form, for templates that ask for it.
    public var now: (@Sendable (_ form: String) -> String)?

    public init(
      opensAnswer: Bool = true, variables: JSONObject = JSONObject(),
      specialTokens: [String: String] = [:], now: (@Sendable (String) -> String)? = nil
    ) {
      self.opensAnswer = opensAnswer
      self.variables = variables
      self.specialTokens = specialTokens
      self.now = now
    }
  }

  /// A rendered conversation.
  public struct Rendering: Equatable, Sendable {
    /// UTF-8.
    public let bytes: [UInt8]
    /// The bytes that came from messages, tools and variables.
    ///
    /// The name of a special token in there
    /// is somebody's text and must not become that token.
    public let input: [Range<Int>]
    /// What stands in `generation` blocks: the assistant's part, for a loss.
    public let generated: [Range<Int>]

    public var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// Renders a conversation.
  /// - Parameters:
  ///   - messages: objects with `role`, `content`, and whatever else the template reads.
  ///   - tools: in OpenAI's form; `tools` is none in the template if there are none.
  /// - Throws: ``TemplateError``; `refusedByTemplate` carries the template's own words.
  /// - Complexity: bounded by ``TemplateLimits/steps``.
  public func render(
    messages: JSON, tools: JSON? = nil, options: Options = Options()
  ) throws(TemplateError) -> Rendering {
    var variables: [String: Value] = [
      "messages": Value(messages), "tools": tools.map { Value($0) } ?? .none,
      "documents": .none, "add_generation_prompt": .bool(options.opensAnswer),
    ]
    variables.merge(options.specialTokens.mapValues { .text($0) }) { _, new in new }
    for member in options.variables.members { variables[member.name] = Value(member.value) }
    var renderer = Renderer(limits: limits, variables: variables, now: options.now)
    try renderer.run(statements)
    return Rendering(
      bytes: renderer.output.bytes, input: renderer.output.input, generated: renderer.generated)
  }
}
