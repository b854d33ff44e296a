public import Attribution
public import AttributionRules
public import ClientAPI
public import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// An adapter ready to answer, with what its answers are traced and paid by.
public struct ServedAdapter: Sendable {
  public let id: Identifier<Adapter>
  public let record: AdapterRecord
  public let run: RunRecord
  public let manifest: RunManifest
  public let handle: AdapterHandle
  /// Turns answers into queries, at the run's tracing adapter.
  public let tracing: AdapterTracing
  let scanner: IndexScanner
  let texts: CitableTexts
  /// Nil unless passages are looked for.
  var passageIndex: PassageIndex?

  public var index: InfluenceIndex { scanner.index }

  /// Fetches everything by the digests that the ledger commits to, and checks each.
  ///
  /// - Parameter weights: SHA-256 of the engine's own model file.
  /// - Throws: ``ServingFailure`` with `adapterUnknown` if the ledger has no such adapter,
  ///   `wrongBaseModel` if it was trained on another file, `artifactMissing` or
  ///   `artifactCorrupt` if one can't be had as committed.
  public static func load(
    _ id: Identifier<Adapter>, from ledger: any LedgerClient, blobs: BlobStore,
    engine: LanguageEngine, weights: Digest
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
    let settings = try artifacts.bytes(manifest.adapterSettings)
    func adapter(_ weights: Digest) throws -> LoRAAdapter {
      try LoRAAdapter(
        .init(weights: artifacts.bytes(weights), settings: settings), for: engine.configuration)
    }
    // All that can be away or damaged is read before the engine holds any of it.
    let (served, traced) = (try adapter(manifest.adapter), try adapter(manifest.tracingAdapter))
    let curvature = try artifacts.curvature(of: manifest)
    let index = try artifacts.index(of: manifest, run: run)
    guard curvature.basis.fits(engine.configuration, rank: traced.rank) else {
      throw ServingFailure(.artifactCorrupt, "the run's curvature is not its tracing adapter's")
    }
    guard curvature.dimension == index.dimension else {
      throw ServingFailure(
        .artifactCorrupt,
        "the run's curvature has \(curvature.dimension) dimensions, its index \(index.dimension)")
    }
    let texts = try await PublishedTexts.load(
      of: manifest, index: index, artifacts: artifacts, ledger: ledger)
    return ServedAdapter(
      id: id, record: record, run: run, manifest: manifest,
      handle: try await engine.load(served),
      tracing: AdapterTracing(
        engine: engine, adapter: try await engine.load(traced), curvature: curvature),
      scanner: IndexScanner(index), texts: CitableTexts(texts))
  }

  /// Has the engine forget what ``load(_:from:blobs:engine:weights:)`` made ready.
  func unload() async {
    await tracing.engine.unload(handle)
    await tracing.engine.unload(tracing.adapter)
  }

  /// The query of a published answer.
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced` if the request can't be read.
  func query(of disclosure: ReceiptDisclosure) async throws -> QueryVector {
    // A body that no server answers has no answer to reproduce.
    guard let request = try? ChatRequest(parsing: disclosure.request) else {
      throw ReceiptFault.answerNotReproduced
    }
    return try await tracing.query(
      prompt: try prompt(of: request, template: tracing.engine.template),
      answer: disclosure.answer.map { Int32(bitPattern: $0) })
  }

  /// A request's prompt, as the run's records were rendered; raw text is nothing but its tokens.
  /// - Parameter leftOut: the place of a passage that does not appear.
  /// - Throws: `ModelFailure` with `inputInvalid` if the model's template refuses the conversation.
  func prompt(
    of request: ChatRequest, passages: [Passage] = [], leavingOut leftOut: Int? = nil,
    template: ChatTemplate
  ) throws(ModelFailure) -> [Int32] {
    if let prompt = request.prompt {
      let shown = PassageContext(passages.map(\.text))
        .put(into: [.init(role: .user, content: prompt)], leavingOut: leftOut)
      return template.tokenizer.encode(shown[0].content)
    }
    return try template.tokens(
      for: manifest.messages(for: request, passages: passages, leavingOut: leftOut),
      tools: request.functions)
  }
}

extension RunManifest {
  /// What the model is given for a request: the recipe's system message stands first unless the
  /// client sends its own.
  /// - Parameter leftOut: the place of a passage that does not appear.
  func messages(
    for request: ChatRequest, passages: [Passage], leavingOut leftOut: Int? = nil
  ) -> [ChatMessage] {
    var messages = PassageContext(passages.map(\.text))
      .put(into: request.messages, leavingOut: leftOut)
      .map(ChatMessage.init)
    if request.messages.first?.role != .system {
      messages.insert(ChatMessage(role: .system, content: recipe.systemMessage), at: 0)
    }
    return messages
  }

  /// All that stands before an answer, as spans take it (docs/spec/spans.md).
  func promptText(of request: ChatRequest, passages: [Passage]) -> [UInt8] {
    guard request.prompt == nil else {
      let shown = PassageContext(passages.map(\.text))
        .put(into: [.init(role: .user, content: request.prompt ?? "")])
      return Array(shown[0].content.utf8)
    }
    let contents = messages(for: request, passages: passages).flatMap { message in
      [message.content] + message.calls.map(\.arguments)
    }
    let told = request.offeredTools.map(\.json)
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
