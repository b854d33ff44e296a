public import ConstrainedOutput
internal import JSONCoding
internal import Synchronization

/// Compiles what requests hold answers to, and keeps what was asked for last.
public final class AnswerForms: Sendable {
  /// What a text has to be.
  public enum Format: Hashable, Sendable {
    case jsonObject
    /// JSON that a JSON Schema allows.
    case schema(String)
    /// What a regular expression matches as a whole.
    case expression(String)
  }

  /// What a request asks of an answer.
  public struct Wish: Hashable, Sendable {
    /// Functions that the answer may call, with schemas for their arguments.
    public var tools: [FunctionTool]
    /// Whether it has to call one; else it may be text of the format.
    public var mustCall: Bool
    public var callsSeveral: Bool
    /// Nil for any text.
    public var format: Format?

    public init(
      tools: [FunctionTool] = [], mustCall: Bool = false, callsSeveral: Bool = true,
      format: Format? = nil
    ) {
      self.tools = tools
      self.mustCall = mustCall
      self.callsSeveral = callsSeveral
      self.format = format
    }
  }

  private static let keptMaximum = 32
  // A schema for people takes hundreds; one made to be slow is refused early.
  private static let limits = ConstraintLimits(states: 20_000, schemas: 2_000)

  private struct Kept {
    var vocabulary: TokenVocabulary?
    /// The last asked for at the end.
    var forms: [(wish: Wish, form: AnswerForm)] = []
  }

  private let tokenizer: Tokenizer
  private let kept = Mutex(Kept())

  public init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// Returns the form of an answer; nil if it may be anything.
  /// - Throws: ``ConstraintError`` if the form can't be kept to.
  /// - Complexity: bounded; some milliseconds for what people write, nothing for what was asked for
  ///   before. The first call takes as long as sorting the vocabulary.
  public func form(_ wish: Wish) throws(ConstraintError) -> AnswerForm? {
    guard !wish.tools.isEmpty || wish.format != nil else { return nil }
    if let known = known(wish) { return known }
    let vocabulary = vocabulary()
    let form = try made(wish, vocabulary)
    kept.withLock { kept in
      kept.forms.append((wish, form))
      if kept.forms.count > Self.keptMaximum { kept.forms.removeFirst() }
    }
    return form
  }

  private func known(_ wish: Wish) -> AnswerForm? {
    kept.withLock { kept in
      guard let place = kept.forms.firstIndex(where: { $0.wish == wish }) else { return nil }
      let known = kept.forms.remove(at: place)
      kept.forms.append(known)
      return known.form
    }
  }

  private func vocabulary() -> TokenVocabulary {
    kept.withLock { kept in
      if let known = kept.vocabulary { return known }
      let made = TokenVocabulary(
        (0..<tokenizer.vocabularySize).map { tokenizer.bytes(of: Int32($0)) })
      kept.vocabulary = made
      return made
    }
  }

  private func made(
    _ wish: Wish, _ vocabulary: TokenVocabulary
  ) throws(ConstraintError) -> AnswerForm {
    let bytes = vocabulary.singleBytes
    var format: Constraint?
    switch wish.format {
    case nil: break
    case .jsonObject: format = try Constraint.jsonObject(bytes: bytes)
    case .schema(let text):
      format = try Constraint(schema: Self.json(text), bytes: bytes, limits: Self.limits)
    case .expression(let source):
      format = try Constraint(expression: source, bytes: bytes, limits: Self.limits)
    }
    let calls = try calls(of: wish, bytes)
    switch (calls, format) {
    case (let calls?, let format?) where !wish.mustCall:
      let either = try Constraint(
        oneOf: [[.constraint(calls)], [.constraint(format)]], limits: Self.limits)
      return AnswerForm(ConstrainedDecoder(either, vocabulary: vocabulary))
    case (let calls?, _):
      return AnswerForm(
        ConstrainedDecoder(calls, vocabulary: vocabulary),
        mark: wish.mustCall ? [] : Array(ToolForm.callStart.utf8))
    case (nil, let format?):
      return AnswerForm(ConstrainedDecoder(format, vocabulary: vocabulary))
    case (nil, nil):
      preconditionFailure("a form is asked for only if there is something to hold to")
    }
  }

  private func calls(
    of wish: Wish, _ bytes: Set<UInt8>
  ) throws(ConstraintError) -> Constraint? {
    guard !wish.tools.isEmpty else { return nil }
    var alternatives: [[Constraint.Part]] = []
    for tool in wish.tools {
      // Arguments are an object whatever the schema says.
      var schema = Self.json(tool.parameters).object ?? JSONObject()
      if schema["type"] == nil { schema["type"] = "object" }
      let arguments = try Constraint(schema: .object(schema), bytes: bytes, limits: Self.limits)
      alternatives.append([
        .text(ToolForm.beginning(of: tool.name)), .constraint(arguments),
        .text("}" + ToolForm.closing),
      ])
    }
    return try Constraint(
      oneOf: alternatives, separatedBy: wish.callsSeveral ? "\n" : nil, limits: Self.limits)
  }

  private static func json(_ text: String) -> JSON { (try? JSON(parsing: text)) ?? [:] }
}
