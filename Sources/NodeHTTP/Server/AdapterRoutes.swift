internal import ClientAPI
internal import Cryptography
internal import JSONCoding
internal import Networking
internal import Primitives

/// vLLM's routes by which an operator changes what a running server answers with.
struct AdapterRoutes: Sendable {
  let adapters: (any AdapterOperator)?
  /// SHA-256 of its text; nil forbids everything.
  let operatorKey: Digest?

  var table: [Route] {
    [
      Route(method: "POST", pattern: "/v1/load_lora_adapter", style: .openAI, answer: load),
      Route(method: "POST", pattern: "/v1/unload_lora_adapter", style: .openAI, answer: unload),
    ]
  }

  private func load(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let adapters = try admitted(call)
    let body = try Self.body(call)
    let request = AdapterLoadRequest(
      name: try Self.name(in: body), path: try Self.text("lora_path", in: body),
      replaces: try Self.flag("load_inplace", in: body),
      isPinned: try Self.flag("pinned", in: body))
    do { try await adapters.loadAdapter(request) } catch { throw Refusal(error) }
    return .text("Success: LoRA adapter '\(request.name)' added successfully.")
  }

  private func unload(_ call: RouteCall) async throws(Refusal) -> HTTPResponse {
    let adapters = try admitted(call)
    let name = try Self.name(in: Self.body(call))
    do { try await adapters.unloadAdapter(named: name) } catch { throw Refusal(error) }
    return .text("Success: LoRA adapter '\(name)' removed successfully.")
  }

  /// Whoever shows the operator's key.
  private func admitted(_ call: RouteCall) throws(Refusal) -> any AdapterOperator {
    guard let operatorKey else {
      throw Refusal(
        .operatorOnly,
        "adapters can't be changed here while it runs: the node has no operator's key")
    }
    guard let shown = call.request.headers["Authorization"] else {
      throw Refusal(.operatorKeyWrong, "show the operator's key: Authorization: Bearer KEY")
    }
    guard shown.hasPrefix("Bearer "),
      SHA256.digest(of: Array(shown.dropFirst("Bearer ".count).utf8)) == operatorKey
    else {
      throw Refusal(.operatorKeyWrong, "this is not the operator's key")
    }
    guard let adapters else {
      throw Refusal(
        .inferenceNotServed,
        "this node keeps a ledger and answers no prompts; ask one that serves a model")
    }
    return adapters
  }

  // MARK: - The body

  private static func body(_ call: RouteCall) throws(Refusal) -> JSONObject {
    do {
      guard let body = try JSON(parsing: call.request.body).object else {
        throw Refusal(InferenceFailure(.invalidRequest, "the body must be a JSON object"))
      }
      return body
    } catch let refusal as Refusal {
      throw refusal
    } catch { throw Refusal(InferenceFailure(.invalidJSON, "the body is no JSON: \(error)")) }
  }

  private static func name(in body: JSONObject) throws(Refusal) -> String {
    guard let name = try text("lora_name", in: body), !name.isEmpty else {
      throw Refusal(
        InferenceFailure(
          .invalidRequest, "'lora_name' must be the adapter's name", parameter: "lora_name"))
    }
    return name
  }

  private static func text(_ name: String, in body: JSONObject) throws(Refusal) -> String? {
    guard let value = body[name], !value.isNull else { return nil }
    guard let text = value.string else {
      throw Refusal(
        InferenceFailure(.invalidRequest, "'\(name)' must be a string", parameter: name))
    }
    return text
  }

  private static func flag(_ name: String, in body: JSONObject) throws(Refusal) -> Bool {
    guard let value = body[name], !value.isNull else { return false }
    guard let flag = value.bool else {
      throw Refusal(
        InferenceFailure(.invalidRequest, "'\(name)' must be true or false", parameter: name))
    }
    return flag
  }
}
