internal import JSONCoding

/// What a client asks of an encoder of sentences, in OpenAI's shape.
public struct EmbeddingRequest: Hashable, Sendable {
  /// How vectors are written down.
  public enum Encoding: String, Sendable {
    /// A list of numbers.
    case float
    /// Little-endian 32-bit floating point, in base 64.
    case base64
  }

  /// The most texts of a request.
  public static let textMaximum = 1024

  public var model: String
  /// None of them empty.
  public var texts: [String]
  public var encoding: Encoding
  /// Whether a text that is too long is cut instead of refused.
  public var cutsTexts: Bool

  public init(
    model: String, texts: [String], encoding: Encoding = .float, cutsTexts: Bool = false
  ) {
    self.model = model
    self.texts = texts
    self.encoding = encoding
    self.cutsTexts = cutsTexts
  }

  /// Reads a body.
  ///
  /// - Parameter dimension: the only length that vectors have here.
  /// - Throws: ``InferenceFailure`` with `invalid_json`, `invalid_request` or
  ///   `unsupported_parameter`, naming the parameter.
  public init(parsing body: [UInt8], dimension: Int) throws(InferenceFailure) {
    let json: JSON
    do {
      json = try JSON(parsing: body, limits: JSONLimits(sizeInBytes: 1 << 20, depth: 8))
    } catch {
      throw InferenceFailure(
        .invalidJSON, "the body is not JSON: \(error.description); send one JSON object")
    }
    guard json.object != nil else {
      throw InferenceFailure(.invalidJSON, "the body is not a JSON object")
    }
    guard let model = json["model"]?.string, !model.isEmpty else {
      throw InferenceFailure(.invalidRequest, "model must name an encoder", parameter: "model")
    }
    if let asked = json["dimensions"], !asked.isNull, asked.integer(as: Int.self) != dimension {
      throw InferenceFailure(
        .unsupportedParameter,
        "vectors have \(dimension) dimensions here; leave dimensions out", parameter: "dimensions")
    }
    self.init(
      model: model, texts: try Self.texts(in: json), encoding: try Self.encoding(in: json),
      cutsTexts: try Self.cutsTexts(in: json))
  }

  private static func texts(in json: JSON) throws(InferenceFailure) -> [String] {
    func invalid(_ message: String) -> InferenceFailure {
      InferenceFailure(.invalidRequest, message, parameter: "input")
    }
    let input = json["input"]
    if let text = input?.string {
      guard !text.isEmpty else { throw invalid("input is empty; send a text or a list of texts") }
      return [text]
    }
    guard let list = input?.array, (1...textMaximum).contains(list.count) else {
      throw invalid("input must be a text, or a list of 1 to \(textMaximum) texts")
    }
    var texts: [String] = []
    for (place, entry) in list.enumerated() {
      if entry.number != nil || entry.array != nil {
        throw InferenceFailure(
          .unsupportedParameter,
          "input holds token numbers, which mean nothing to this encoder; send texts (LangChain: "
            + "check_embedding_ctx_length=False)", parameter: "input")
      }
      guard let text = entry.string, !text.isEmpty else {
        throw invalid("input[\(place)] must be a text that is not empty")
      }
      texts.append(text)
    }
    return texts
  }

  private static func encoding(in json: JSON) throws(InferenceFailure) -> Encoding {
    guard let value = json["encoding_format"], !value.isNull else { return .float }
    guard let encoding = value.string.flatMap(Encoding.init(rawValue:)) else {
      throw InferenceFailure(
        .unsupportedParameter, "encoding_format must be float or base64",
        parameter: "encoding_format")
    }
    return encoding
  }

  /// As vLLM names it: -1 for as many tokens as fit.
  private static func cutsTexts(in json: JSON) throws(InferenceFailure) -> Bool {
    guard let value = json["truncate_prompt_tokens"], !value.isNull else { return false }
    guard value.integer(as: Int.self) == -1 else {
      throw InferenceFailure(
        .unsupportedParameter,
        "truncate_prompt_tokens must be -1, which cuts a text to what the encoder reads",
        parameter: "truncate_prompt_tokens")
    }
    return true
  }
}
