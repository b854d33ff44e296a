internal import Attribution
public import AttributionRules
public import ClientAPI
public import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// An adapter ready to answer, with what its answers are traced and paid by.
///
/// Small: its weights are a store's, and its material is read when an answer is traced or cited.
public struct ServedAdapter: Sendable {
  public let id: Identifier<Adapter>
  public let record: AdapterRecord
  public let run: RunRecord
  public let manifest: RunManifest
  public let engine: LanguageEngine
  public let handle: AdapterHandle
  /// The run's tracing adapter.
  let tracingHandle: AdapterHandle
  /// Keeps its weights; nil if the engine does.
  let store: AdapterStore?
  private let source: TracingMaterialSource
  private let shelf: TracingMaterialShelf
  /// Nil unless passages are looked for.
  var passageIndex: PassageIndex?

  func material() async throws -> TracingMaterial { try await source.material() }

  /// The rows that its answers are scored against.
  public var index: InfluenceIndex {
    get async throws { try await material().index }
  }

  /// Reads the material again when it is asked for next.
  func dropMaterial() async { await source.drop() }

  /// Fetches everything by the digests that the ledger commits to, and checks each.
  ///
  /// - Parameters:
  ///   - weights: SHA-256 of the engine's own model file.
  ///   - store: keeps the adapter's weights, in memory while they are used; without one they stay in
  ///     memory until it is unloaded.
  ///   - shelf: decides how much material stays in memory.
  /// - Throws: ``ServingFailure`` with `adapterUnknown` if the ledger has no such adapter,
  ///   `wrongBaseModel` if it was trained on another file, `artifactMissing` or
  ///   `artifactCorrupt` if one can't be had as committed; `ModelFailure` for an adapter that the
  ///   engine can't run.
  public static func load(
    _ id: Identifier<Adapter>, from ledger: any LedgerClient, blobs: BlobStore,
    engine: LanguageEngine, weights: Digest, store: AdapterStore? = nil,
    shelf: TracingMaterialShelf = .shared
  ) async throws -> ServedAdapter {
    guard let record = try await ledger.record(.adapter(id)),
      let run = try await ledger.record(.run(record.offer.run))
    else { throw ServingFailure(.adapterUnknown, "the ledger has no adapter \(id)") }

    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: run)
    guard manifest.baseWeights == weights else {
      throw ServingFailure(
        .wrongBaseModel, "adapter \(record.offer.name) was trained on another base model")
    }
    // All that can be away or damaged is read before the engine holds any of it.
    let sizes = engine.configuration
    let served = try artifacts.original(of: manifest, manifest.adapter, for: sizes)
    let traced = try artifacts.original(of: manifest, manifest.tracingAdapter, for: sizes)
    let tracedRank = try traced().rank
    let tracingHandle = await engine.load(tracing: traced)
    let source = TracingMaterialSource(on: shelf) {
      let curvature = try artifacts.curvature(of: manifest)
      let index = try artifacts.index(of: manifest, run: run)
      guard curvature.basis.fits(sizes, rank: tracedRank) else {
        throw ServingFailure(
          .artifactCorrupt, "the run's curvature is not its tracing adapter's")
      }
      guard curvature.dimension == index.dimension else {
        throw ServingFailure(
          .artifactCorrupt,
          "the run's curvature has \(curvature.dimension) dimensions, its index \(index.dimension)")
      }
      let texts = try await PublishedTexts.load(
        of: manifest, index: index, artifacts: artifacts, ledger: ledger)
      return TracingMaterial(
        tracing: AdapterTracing(engine: engine, adapter: tracingHandle, curvature: curvature),
        scanner: IndexScanner(index), texts: CitableTexts(texts))
    }
    do {
      _ = try await source.material()
      let handle: AdapterHandle
      if let store {
        let name = AdapterStore.name(
          base: weights, settings: manifest.adapterSettings, weights: manifest.adapter)
        handle = try await engine.load(name, from: store, original: served)
      } else {
        handle = try await engine.load(served())
      }
      return ServedAdapter(
        id: id, record: record, run: run, manifest: manifest, engine: engine, handle: handle,
        tracingHandle: tracingHandle, store: store, source: source, shelf: shelf)
    } catch {
      shelf.remove(source)
      await engine.unload(tracingHandle)
      throw error
    }
  }

  /// Begins to map its weights, if they are not in memory.
  func prefetch() { store?.prefetch(handle.digest) }

  /// Keeps its weights in memory, used or not.
  func pin() async throws { try await store?.pin(handle.digest) }

  func unpin() { store?.unpin(handle.digest) }

  /// Has the engine forget what ``load(_:from:blobs:engine:weights:store:shelf:)`` made ready.
  func unload() async {
    shelf.remove(source)
    await engine.unload(handle)
    await engine.unload(tracingHandle)
  }

  /// The query of a published answer.
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced` if the request can't be read.
  func query(of disclosure: ReceiptDisclosure) async throws -> QueryVector {
    // A body that no server answers has no answer to reproduce.
    guard let request = try? ChatRequest(parsing: disclosure.request) else {
      throw ReceiptFault.answerNotReproduced
    }
    return try await material().tracing.query(
      prompt: try prompt(of: request, template: engine.template),
      answer: disclosure.answer.map { Int32(bitPattern: $0) })
  }

  /// A request's prompt, as the run's records were rendered; raw text is nothing but its tokens.
  /// - Parameter leftOut: the place of a passage that does not appear.
  /// - Throws: `ModelFailure` with `inputInvalid` if the model's template refuses the conversation.
  func prompt(
    of request: ChatRequest, passages: [Passage] = [], leavingOut leftOut: Int? = nil,
    template: ChatTemplate
  ) throws(ModelFailure) -> [Int32] {
    try request.promptTokens(
      system: manifest.recipe.systemMessage, passages: passages, leavingOut: leftOut,
      template: template)
  }
}

extension ChatRequest {
  /// What the model is given for a request; raw text is nothing but its tokens.
  ///
  /// - Parameters:
  ///   - system: stands first, unless the client sends a system message of its own; nil: nothing does.
  ///   - leftOut: the place of a passage that does not appear.
  /// - Throws: `ModelFailure` with `inputInvalid` if the model's template refuses the conversation.
  func promptTokens(
    system: String?, passages: [Passage] = [], leavingOut leftOut: Int? = nil,
    template: ChatTemplate
  ) throws(ModelFailure) -> [Int32] {
    if let prompt {
      let shown = PassageContext(passages.map(\.text))
        .put(into: [.init(role: .user, content: prompt)], leavingOut: leftOut)
      return template.tokenizer.encode(shown[0].content)
    }
    return try template.tokens(
      for: shown(system: system, passages: passages, leavingOut: leftOut), tools: functions)
  }

  private func shown(
    system: String?, passages: [Passage], leavingOut leftOut: Int? = nil
  ) -> [ChatMessage] {
    var shown = PassageContext(passages.map(\.text)).put(into: messages, leavingOut: leftOut)
      .map(ChatMessage.init)
    if let system, messages.first?.role != .system {
      shown.insert(ChatMessage(role: .system, content: system), at: 0)
    }
    return shown
  }

  /// All that stands before an answer, as spans take it (docs/spec/spans.md).
  func promptText(system: String?, passages: [Passage]) -> [UInt8] {
    if let prompt {
      let shown = PassageContext(passages.map(\.text))
        .put(into: [.init(role: .user, content: prompt)])
      return Array(shown[0].content.utf8)
    }
    let contents = shown(system: system, passages: passages).flatMap { message in
      [message.content] + message.calls.map(\.arguments)
    }
    let told = offeredTools.map(\.json)
    return Array((contents + told).joined(separator: "\n").utf8)
  }
}

extension ChatMessage {
  init(_ message: ChatRequest.Message) {
    self.init(
      role: .init(message.role), content: message.content,
      calls: message.toolCalls.map { FunctionCall(name: $0.name, arguments: $0.arguments) })
  }
}

extension ChatMessage.Role {
  init(_ role: ChatRequest.Role) {
    switch role {
    case .system: self = .system
    case .user: self = .user
    case .assistant: self = .assistant
    case .tool: self = .tool
    }
  }
}
