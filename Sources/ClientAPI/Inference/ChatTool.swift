internal import JSONCoding

/// A function of the client's that a model may ask to have called.
public struct ChatTool: Hashable, Sendable {
  /// The most that one request may offer.
  public static let countMaximum = 64

  /// 1 to 64 letters, digits, `_` and `-`.
  public var name: String
  public var description: String
  /// The JSON Schema of its arguments, an object in compact JSON.
  public var parameters: String

  public init(
    name: String, description: String = "", parameters: String = #"{"type":"object"}"#
  ) {
    self.name = name
    self.description = description
    self.parameters = parameters
  }
}

/// A call that a model asks for.
public struct ToolCall: Hashable, Sendable {
  public var id: String
  public var name: String
  /// A JSON object, as the model wrote it.
  public var arguments: String

  public init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// Which functions a model has to call.
public enum ToolChoice: Hashable, Sendable {
  /// It isn't told of any.
  case none
  /// It answers or calls.
  case auto
  /// It calls one at least.
  case required
  /// It calls this one.
  case named(String)
}

/// What an answer's text has to be.
public enum AnswerFormat: Hashable, Sendable {
  case text
  /// A JSON object, whichever.
  case jsonObject
  /// JSON that a schema allows; the schema in compact JSON.
  case schema(String)
  /// What a regular expression matches as a whole.
  case expression(String)
}

extension ChatTool {
  /// The form in which clients and templates know it.
  public var json: String { document.text() }

  var document: JSON {
    var function: [JSONObject.Member] = [.init(name: "name", value: .string(name))]
    if !description.isEmpty {
      function.append(.init(name: "description", value: .string(description)))
    }
    function.append(.init(name: "parameters", value: (try? JSON(parsing: parameters)) ?? [:]))
    return ["type": "function", "function": .object(JSONObject(function))]
  }

  /// - Parameter place: the tool's, such as `tools[0]`.
  /// - Throws: ``InferenceFailure`` with `invalid_request`, naming the part at fault.
  init(_ json: JSON, at place: String) throws(InferenceFailure) {
    let function = json["function"]
    guard let name = function?["name"]?.string, Self.isName(name) else {
      throw InferenceFailure(
        .invalidRequest, "a function needs a name of 1 to 64 letters, digits, _ and -",
        parameter: "\(place).function.name")
    }
    let schema = function?["parameters"] ?? .null
    guard schema.isNull || schema.object != nil else {
      throw InferenceFailure(
        .invalidRequest, "parameters must be a JSON Schema, which is an object",
        parameter: "\(place).function.parameters")
    }
    self.init(
      name: name, description: function?["description"]?.string ?? "",
      parameters: schema.isNull ? #"{"type":"object"}"# : schema.text())
  }

  static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
        default: false
        }
      }
  }
}

extension ToolCall {
  var document: JSON {
    [
      "id": .string(id), "type": "function",
      "function": ["name": .string(name), "arguments": .string(arguments)],
    ]
  }
}
