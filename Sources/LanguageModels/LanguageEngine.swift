internal import Foundation
public import Primitives
internal import Tensors

/// One model with its adapters: generation, training, evaluation and per-example gradients.
///
/// All engines of a process compute on one thread of their own, one call at a time; between two
/// tokens or two training steps other calls get their turn. Only values cross: tokens, floats,
/// handles.
public actor LanguageEngine {
  public nonisolated let configuration: LlamaConfiguration
  public nonisolated let tokenizer: Tokenizer
  public nonisolated let template: ChatTemplate
  /// Answers prompts, on threads of its own.
  public nonisolated let serving: ServingEngine
  /// What answers may be held to.
  public nonisolated let forms: AnswerForms

  let model: LlamaModel
  private var adapters: [AdapterHandle: LoadedAdapter] = [:]
  private var nextAdapter = 0
  // Four bytes a number, of those that were last trained, traced or scored with.
  private var tensors = RecentlyUsed<AdapterHandle, AdapterTensors>(most: 4)
  // The basis last asked for: a large one takes a while to copy.
  private var basis: AdapterBasisTensors?

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe TensorExecutor.shared.asUnownedSerialExecutor()
  }

  /// Loads a GGUF file.
  ///
  /// Blocks for about a second and takes four bytes a parameter.
  /// - Throws: ``ModelFailure`` with `modelMissing`, `modelCorrupt` or `modelUnsupported`.
  public init(modelPath: String, limits: ServingLimits? = nil) throws {
    try self.init(GGUFFile(path: modelPath), limits: limits)
  }

  /// Loads a file that has been read.
  /// - Parameter limits: what ``serving`` may use; if absent, as much as is usual on every processor.
  /// - Throws: ``ModelFailure`` with `modelCorrupt` or `modelUnsupported`.
  public init(_ file: GGUFFile, limits: ServingLimits? = nil) throws {
    tokenizer = try Tokenizer(file)
    var source: [UInt8]?
    if case .text(let text)? = file.metadata["tokenizer.chat_template"] { source = text }
    template = try ChatTemplate(tokenizer, source: source)
    forms = AnswerForms(tokenizer)
    configuration = try LlamaConfiguration(file)
    guard tokenizer.vocabularySize == configuration.vocabularySize else {
      throw ModelFailure(.modelCorrupt, "the tokenizer and the model differ in vocabulary")
    }
    model = try LlamaModel(file)
    serving = try ServingEngine(
      DecoderModel(file), endOfTurn: tokenizer.endOfTurn,
      bytes: { [tokenizer] in tokenizer.bytes(of: $0) },
      limits: limits ?? ServingLimits(threads: ProcessInfo.processInfo.activeProcessorCount))
  }

  // MARK: - Adapters

  private struct LoadedAdapter {
    /// What its tensors are made from, whenever they are asked for.
    let original: AdapterStore.Original
    /// Where it is registered.
    var store: AdapterStore?
  }

  private func handle(_ digest: Digest? = nil) -> AdapterHandle {
    nextAdapter += 1
    return AdapterHandle(number: nextAdapter, digest: digest)
  }

  private func checkSizes(_ adapter: LoRAAdapter) throws(ModelFailure) {
    guard adapter.configuration == configuration else {
      throw ModelFailure(.adapterMismatch, "the adapter was made for another model")
    }
  }

  /// Makes an adapter ready for use.
  ///
  /// Holds its parameters in memory until unloaded.
  /// - Throws: ``ModelFailure`` with `adapterMismatch` if it was made for other sizes, or
  ///   `adapterUnsupported` for a weight that halves don't hold.
  public func load(_ adapter: LoRAAdapter) async throws -> AdapterHandle {
    try checkSizes(adapter)
    let handle = handle()
    try await serving.load(adapter, as: handle)
    adapters[handle] = LoadedAdapter(original: { adapter })
    return handle
  }

  /// Makes an adapter of a store ready to answer, registering it there.
  ///
  /// In memory only while it is used: answers read the store's packed file, and what traces or scores
  /// reads `original` when it is asked for.
  /// - Parameter name: see ``AdapterStore/name(base:settings:weights:)``.
  /// - Throws: as ``AdapterStore/register(_:original:)``.
  public func load(
    _ name: Digest, from store: AdapterStore, original: @escaping AdapterStore.Original
  ) async throws -> AdapterHandle {
    try await store.register(name, original: original)
    let handle = handle(name)
    await serving.load(name, from: store, as: handle)
    adapters[handle] = LoadedAdapter(original: original, store: store)
    return handle
  }

  /// Makes an adapter known that gradients and likelihoods are taken at, and that answers nothing.
  ///
  /// Reads nothing yet.
  public func load(tracing original: @escaping AdapterStore.Original) -> AdapterHandle {
    let handle = handle()
    adapters[handle] = LoadedAdapter(original: original)
    return handle
  }

  /// Makes several adapters ready to answer as one, with a part each by its weight.
  ///
  /// Takes memory of its own, as much as they do together; none of them has to be loaded itself.
  /// - Parameter parts: by names that are the same wherever the ensemble is to have the same bits.
  /// - Throws: ``ModelFailure`` with `inputInvalid` or `adapterUnsupported`, as ``AdapterEnsemble``
  ///   says; what reading an adapter throws.
  public func load(
    ensemble parts: [(name: Digest, original: AdapterStore.Original, weight: UInt32)]
  ) async throws -> AdapterHandle {
    let ensemble = try AdapterEnsemble(
      parts.map { .init(adapter: $0.name, weight: $0.weight) })
    let originals = parts.sorted { $0.name < $1.name }.map { (original: $0.original, $0.weight) }
    let read: AdapterStore.Original = { [originals] in
      var parts: [(adapter: LoRAAdapter, weight: UInt32)] = []
      for part in originals { parts.append((try part.original(), part.1)) }
      return try LoRAAdapter(ensemble: parts)
    }
    let handle = handle(ensemble.name)
    try await serving.load(try read(), as: handle)
    adapters[handle] = LoadedAdapter(original: read)
    return handle
  }

  /// Forgets an adapter; calls under way keep it.
  public func unload(_ handle: AdapterHandle) async {
    tensors[handle] = nil
    let loaded = adapters.removeValue(forKey: handle)
    await serving.unload(handle)
    loaded?.store?.remove(handle.digest)
  }

  func tensors(_ handle: AdapterHandle?) throws -> AdapterTensors? {
    guard let handle else { return nil }
    return try adapterTensors(handle)
  }

  /// - Throws: ``ModelFailure`` with `adapterUnknown` or `adapterMismatch`; what reading it throws.
  func adapterTensors(_ handle: AdapterHandle) throws -> AdapterTensors {
    guard let loaded = adapters[handle] else {
      throw ModelFailure(.adapterUnknown, "the adapter is not loaded")
    }
    if let made = tensors[handle] { return made }
    let adapter = try loaded.original()
    try checkSizes(adapter)
    let made = try AdapterTensors(adapter)
    try Tensor.evaluate(made.down + made.up)
    tensors[handle] = made
    return made
  }

  // MARK: - Generation

  /// Answers a prompt, calling `onToken` with each token as it is chosen.
  ///
  /// Computed by ``serving`` together with whatever else it answers, and with the same bits as alone.
  /// - Throws: ``ModelFailure`` with `inputInvalid`, `adapterUnknown` or `overloaded`;
  ///   `CancellationError`.
  public nonisolated func generate(
    prompt: [Int32], adapter: AdapterHandle? = nil, sampling: Sampling = Sampling(),
    maxTokens: Int, onToken: @escaping @Sendable (Int32) -> Void = { _ in }
  ) async throws -> Generation {
    try await serving.answer(
      GenerationRequest(
        prompt: prompt, adapter: adapter, sampling: sampling, maximumTokens: maxTokens),
      onToken: { onToken($0.token) })
  }

  /// Reads a prompt with tensors and keeps nothing of it: what gradients are compared with.
  /// - Throws: ``ModelFailure`` with `inputInvalid` or `adapterUnknown`.
  public func read(_ prompt: [Int32], adapter: AdapterHandle? = nil) throws {
    _ = try GenerationState(
      model: model, adapter: try tensors(adapter), prompt: prompt, sampling: Sampling())
  }

  /// Writes exactly `count` tokens with tensors, past any end of turn: for measuring.
  func decodeWithoutEnd(prompt: [Int32], count: Int) throws {
    let state = try GenerationState(
      model: model, adapter: nil, prompt: prompt, sampling: Sampling())
    for _ in 0..<count { _ = try state.read(state.choose()) }
  }

  /// Returns the logits after each of the chosen positions of a token row, by ascending token.
  public func logits(
    tokens: [Int32], positions: [Int], adapter: AdapterHandle? = nil
  ) throws -> [[Float]] {
    let additions = LlamaModel.Additions(adapter: try tensors(adapter))
    let states = try model.states(TokenBatch([tokens]), adding: additions)
    guard positions.allSatisfy(tokens.indices.contains) else {
      throw ModelFailure(.inputInvalid, "a position outside the tokens")
    }
    let values = try model.logits(states, rows: positions.map(Int32.init)).floats()
    let size = configuration.vocabularySize
    return positions.indices.map { Array(values[$0 * size..<($0 + 1) * size]) }
  }

  // MARK: - Training

  /// Trains a fresh adapter and returns it; it is not loaded.
  ///
  /// - Parameters:
  ///   - progress: called after each step.
  ///   - checkpointSteps: steps after which `checkpoint` gets the adapter as it is.
  /// - Throws: ``ModelFailure`` with `trainingInvalid` or `trainingDiverged`; what `checkpoint`
  ///   throws; `CancellationError` between two steps of a cancelled task.
  public func train(
    on examples: [TrainingExample], settings: TrainingSettings = TrainingSettings(),
    checkpointSteps: Set<Int> = [],
    checkpoint: @Sendable (Int, LoRAAdapter) throws -> Void = { _, _ in },
    progress: @Sendable (TrainingStep) -> Void = { _ in }
  ) async throws -> LoRAAdapter {
    let trainer = try LoRATrainer(model: model, examples: examples, settings: settings)
    while true {
      await Task.yield()
      try Task.checkCancellation()
      guard let step = try trainer.next() else { return try trainer.adapter() }
      progress(step)
      if checkpointSteps.contains(step.step) { try checkpoint(step.step, try trainer.adapter()) }
    }
  }

  /// Scores examples, in their order.
  /// - Throws: ``ModelFailure`` with `inputInvalid` or `adapterUnknown`; `CancellationError`.
  public func evaluate(
    _ examples: [TrainingExample], adapter: AdapterHandle? = nil
  ) async throws -> [ExampleScore] {
    let tensors = try tensors(adapter)
    return try await inBatches(examples) { try $0.scores(of: $1, adapter: tensors) }
  }

  // MARK: - Attribution

  func basisTensors(_ wanted: AdapterBasis) throws -> AdapterBasisTensors {
    if let basis, basis.basis == wanted { return basis }
    let made = try AdapterBasisTensors(wanted)
    basis = made
    return made
  }

  /// Runs examples in batches of like length and returns results in the examples' order.
  func inBatches<Result>(
    _ examples: [TrainingExample], size: Int = 16, tokens: Int = 1024,
    _ body: (LlamaModel, [TrainingExample]) throws -> [Result]
  ) async throws -> [Result] {
    var results: [Int: Result] = [:]
    for batch in AnswerBatch.plan(examples, size: size, tokens: tokens) {
      try Task.checkCancellation()
      for (index, result) in zip(batch, try body(model, batch.map { examples[$0] })) {
        results[index] = result
      }
      await Task.yield()
    }
    return examples.indices.compactMap { results[$0] }
  }
}
