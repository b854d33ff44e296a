internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Primitives
internal import Storage

extension InferenceServer {
  /// Lets workers elsewhere answer what they can from now on; the pool's ``EnginePool/run()`` is its
  /// owner's to call.
  public func delegate(to pool: EnginePool) { self.pool = pool }

  /// Has a worker or the engine answer.
  ///
  /// A worker's answer is read again by the engine here before it is kept: what is not the model's is
  /// charged to nobody, and no verifier's dispute is lost for a worker's fault.
  /// - Throws: ``ServingFailure`` with `answer_foreign` for such a one.
  func answer(
    _ request: GenerationRequest, of answerers: Answerers,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation {
    // Workers know no ensembles.
    guard let pool, request.isPlain, let adapter = answerers.only,
      let generation = try await pool.answer(
        request, with: adapter.delegated(from: settlement.blobs), onToken: onToken)
    else { return try await engine.serving.answer(request, onToken: onToken) }
    guard try await AnswerMargin.holds(generation.tokens, to: request, by: engine) else {
      throw ServingFailure(.answerForeign, "a worker's answer is not what the model says")
    }
    return generation
  }

  /// Whether what a client had of an answer when it left is the model's, whoever computed it.
  func isOwn(_ given: [Int32], to request: GenerationRequest) async -> Bool {
    guard pool != nil, request.isPlain else { return true }
    let engine = engine
    // The client's leaving ends the answer, and not this.
    let check = Task {
      try await AnswerMargin.holds(given, to: request, by: engine, mayBreakOff: true)
    }
    return (try? await check.value) ?? false
  }
}

extension ServedAdapter {
  /// What a worker elsewhere is given of it.
  func delegated(from blobs: BlobStore) -> EngineAdapter {
    let (weights, settings) = (manifest.adapter, manifest.adapterSettings)
    return EngineAdapter(digest: SHA256.digest(of: weights.bytes + settings.bytes)) {
      let artifacts = Artifacts(blobs: blobs)
      return LoRAAdapter.Files(
        weights: try artifacts.bytes(weights), settings: try artifacts.bytes(settings))
    }
  }
}
