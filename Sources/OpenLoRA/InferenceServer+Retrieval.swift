internal import ClientAPI
internal import LanguageModels

extension InferenceServer {
  /// What a request is answered from.
  struct Preparation {
    /// In the order of their numbers.
    let passages: [Passage]
    let prompt: [Int32]
  }

  /// Finds passages if the request asks for them, and renders the prompt.
  ///
  /// The least useful passages are left out until prompt and answer fit the context.
  func prepare(
    _ request: ChatRequest, for adapter: ServedAdapter
  ) async throws(InferenceFailure) -> Preparation {
    var found = try await adapter.passages(for: request, on: ledger)
    while true {
      let passages = found.inCommitOrder
      let prompt = adapter.prompt(of: request, passages: passages, template: engine.template)
      if prompt.count + Int(request.maximumTokens) <= engine.configuration.contextLength {
        return Preparation(passages: passages, prompt: prompt)
      }
      guard !found.isEmpty else {
        throw InferenceFailure(
          .contextTooLong,
          "the prompt has \(prompt.count) tokens and the context "
            + "\(engine.configuration.contextLength)", parameter: "messages")
      }
      found.removeLast()
    }
  }
}
