public import ClientAPI
internal import LanguageModels

extension InferenceServer {
  /// What a request is answered from.
  struct Preparation {
    /// In the order of their numbers.
    let passages: [Passage]
    let prompt: [Int32]
  }

  /// Renders the prompt without passages, the shortest there is.
  func barePrompt(
    of request: ChatRequest, for answerers: Answerers
  ) throws(InferenceFailure) -> [Int32] {
    let prompt = try rendered(request, for: answerers)
    let length = engine.configuration.contextLength
    guard prompt.count + Int(request.maximumTokens) <= length else {
      throw InferenceFailure(
        .contextTooLong, "the prompt has \(prompt.count) tokens and the context \(length)",
        parameter: "messages")
    }
    return prompt
  }

  /// Finds passages if the request asks for them, and renders the prompt.
  ///
  /// The least useful passages are left out until prompt and answer fit the context.
  func prepare(
    _ request: ChatRequest, for answerers: Answerers
  ) async throws(InferenceFailure) -> Preparation {
    guard let adapter = answerers.only else {
      return Preparation(passages: [], prompt: try barePrompt(of: request, for: answerers))
    }
    var found = try await adapter.passages(for: request, on: ledger)
    while true {
      let passages = found.inCommitOrder
      let prompt = try rendered(request, passages: passages, for: answerers)
      if prompt.count + Int(request.maximumTokens) <= engine.configuration.contextLength {
        return Preparation(passages: passages, prompt: prompt)
      }
      guard !found.isEmpty else {
        return Preparation(passages: [], prompt: try barePrompt(of: request, for: answerers))
      }
      found.removeLast()
    }
  }

  /// The adapter that answers, or an ensemble as one, until it is released.
  func lease(_ answerers: Answerers) async throws(InferenceFailure) -> AdapterHandle {
    if let adapter = answerers.only { return adapter.handle }
    do {
      return try await ensembles.lease(answerers)
    } catch {
      switch (error as? ModelFailure)?.code {
      case .adapterUnsupported:
        throw InferenceFailure(
          .invalidRequest, "these adapters can't answer together: \(error)", parameter: "model")
      case .overloaded:
        throw InferenceFailure(
          .overloaded, "too many ensembles answer; try again in a second, or ask one adapter")
      default:
        throw InferenceFailure(.unavailable, "the ensemble can't be made ready: \(error)")
      }
    }
  }

  func release(_ answerers: Answerers) {
    guard answerers.only == nil else { return }
    Task { [ensembles] in await ensembles.release(answerers.ensemble) }
  }

  /// How many tokens the prompt of a request has, without the passages that a search would add.
  ///
  /// Costs nothing, and a prompt longer than the context is counted like any other.
  /// - Throws: ``InferenceFailure`` with `model_not_found`, or `invalid_request` for what the template
  ///   can't render.
  public func promptLength(of request: ChatRequest) async throws(InferenceFailure) -> UInt32 {
    UInt32(try rendered(request, for: try await answerers(of: request)).count)
  }

  private func rendered(
    _ request: ChatRequest, passages: [Passage] = [], for answerers: Answerers
  ) throws(InferenceFailure) -> [Int32] {
    do throws(ModelFailure) {
      let prompt = try request.promptTokens(
        system: answerers.systemMessage, passages: passages, template: engine.template)
      guard !prompt.isEmpty else {
        throw ModelFailure(.inputInvalid, "the prompt has no tokens")
      }
      return prompt
    } catch {
      throw InferenceFailure(
        .invalidRequest, error.message, parameter: request.prompt == nil ? "messages" : "prompt")
    }
  }
}
