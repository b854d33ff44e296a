internal import Attribution
internal import AttributionRules
public import ClientAPI
internal import Cryptography
public import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// Checks a published receipt as a stranger would: from the ledger, the public artifacts and, for
/// what is floating point, by computing it again (DESIGN section 5, levels 1 to 3).
public struct ReceiptVerifier: Sendable {
  /// The least cosine between the claimed and the recomputed query.
  public static let leastCosine = 0.99999

  public let ledger: any LedgerClient
  public let blobs: BlobStore
  /// The base model's; nil leaves spans unjudged.
  public let tokenizer: Tokenizer?

  public init(ledger: any LedgerClient, blobs: BlobStore, tokenizer: Tokenizer?) {
    self.ledger = ledger
    self.blobs = blobs
    self.tokenizer = tokenizer
  }

  /// Whether the receipt speaks of this ledger at all: on another, everything in it is unknown.
  /// - Throws: ``ServingFailure`` with `wrongChain`; `ClientFailure`.
  public func checkChain(of published: PublishedReceipt) async throws {
    let own = try await ledger.status().chain.id
    let chain = published.receipt.order.order.chain
    guard chain == own else {
      throw ServingFailure(
        .wrongChain,
        "the receipt is of chain \(chain), and this ledger is \(own); ask a node of its own chain")
    }
  }

  /// How far a receipt's spans were judged.
  public enum SpanCheck: Equatable, Sendable {
    /// Chosen anew from the run's texts, and the same.
    case chosenAnew
    /// The same as far as texts are there: what they cite of these records is erased.
    case textsErased([Digest])
    /// Not judged: there is no tokenizer, or the request can't be read.
    case skipped
  }

  /// Checks everything that is integer arithmetic; needs no engine.
  /// - Throws: ``ReceiptFault`` for a wrong receipt; ``ServingFailure`` or `ClientFailure` if it is
  ///   another chain's, or the ledger or an artifact can't be had.
  @discardableResult
  public func checkArithmetic(of published: PublishedReceipt) async throws -> SpanCheck {
    try await checkChain(of: published)
    let receipt = published.receipt
    // Asked first, so that a receipt of another run is not taken for one whose artifacts are away.
    guard let run = try await ledger.record(.run(receipt.run)),
      let adapter = try await ledger.record(.adapter(receipt.order.order.adapter)),
      adapter.offer.run == receipt.run
    else { throw ReceiptFault.unknownSubject }
    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: run)
    let index = try artifacts.index(of: manifest, run: run)
    let state = try await state(for: published, index: index)
    let texts = try await PublishedTexts.load(
      of: manifest, index: index, artifacts: artifacts, ledger: ledger)
    let spans = try await spanTexts(of: published, in: texts, manifest: manifest)
    try ReceiptAudit(state: state).check(published, index: index, spans: spans?.audit)
    let erased = published.receipt.evidence.textsTaken.filter { texts.erased[$0] != nil }
    if !erased.isEmpty { return .textsErased(Set(erased).sorted()) }
    return spans == nil ? .skipped : .chosenAnew
  }

  /// What judges a receipt's spans, and opens what shows a lie about them.
  /// - Returns: nil without a tokenizer, if the request can't be read, or if nobody knows any more
  ///   what the prompt was.
  /// - Throws: ``ServingFailure`` if an artifact can't be had; `ClientFailure`.
  public func spanTexts(of published: PublishedReceipt) async throws -> SpanTexts? {
    guard let run = try await ledger.record(.run(published.receipt.run)) else { return nil }
    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: run)
    let texts = try await PublishedTexts.load(
      of: manifest, index: try artifacts.index(of: manifest, run: run), artifacts: artifacts,
      ledger: ledger)
    return try await spanTexts(of: published, in: texts, manifest: manifest)
  }

  /// Nil without a tokenizer, if the request can't be read: then no model has answered it, which
  /// level 3 shows, or if nobody knows any more what the prompt was.
  private func spanTexts(
    of published: PublishedReceipt, in texts: PublishedTexts, manifest: RunManifest
  ) async throws -> SpanTexts? {
    guard let tokenizer, let request = try? ChatRequest(parsing: published.disclosure.request)
    else { return nil }
    let retrieved = published.receipt.evidence.retrieval?.passages.map(\.record) ?? []
    guard retrieved.allSatisfy({ texts.erased[$0] == nil }) else { return nil }
    // Passages that are no records are found out without spans.
    let passages = retrieved.compactMap { texts.texts[$0].map(Passage.init) }
    let disclosure = published.disclosure
    let system = try await Artifacts(blobs: blobs).systemMessage(
      of: published.receipt.order.order, manifest: manifest, on: ledger)
    return SpanTexts(
      answer: disclosure.saltedAnswer(disclosure.answerText(by: tokenizer)),
      prompt: disclosure.saltedPrompt(request.promptText(system: system, passages: passages)),
      records: texts.texts.texts.map { (opened: $0.opened, place: $0.place) },
      withdrawn: texts.withdrawn, erased: texts.erased)
  }

  /// Replays the answer and recomputes its query vector, and what its passages did for it.
  ///
  /// - Parameters:
  ///   - engine: holds the base model.
  ///   - weights: SHA-256 of the engine's model file.
  /// - Returns: the cosine between the claimed and the recomputed query.
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced`, `queryWrong`, `passagesWrong` or
  ///   `likelihoodsWrong`; ``ServingFailure`` with `recordsErased` or `artifactMissing` if a passage
  ///   has no text any more, or is no record of the run.
  /// - Complexity: one generation, one forward and backward pass, and for an answer with passages
  ///   four forward passes and one for each of them.
  public func checkByRecomputation(
    _ published: PublishedReceipt, engine: LanguageEngine, weights: Digest
  ) async throws -> Double {
    try await withAdapter(of: published, engine: engine, weights: weights) { adapter in
      try await checkAnswer(of: published, through: adapter)
      return try await checkQuery(of: published, through: adapter)
    }
  }

  /// Loads the adapter that answered, and has the engine forget it afterwards.
  func withAdapter<Value>(
    of published: PublishedReceipt, engine: LanguageEngine, weights: Digest,
    _ body: (ServedAdapter) async throws -> Value
  ) async throws -> Value {
    let adapter = try await ServedAdapter.load(
      published.receipt.order.order.adapter, from: ledger, blobs: blobs, engine: engine,
      weights: weights)
    do {
      let value = try await body(adapter)
      await adapter.unload()
      return value
    } catch {
      await adapter.unload()
      throw error
    }
  }

  /// Replays the answer, of an ensemble with all its adapters.
  /// - Throws: ``ReceiptFault`` with `answerNotReproduced` or `passagesWrong`.
  func checkAnswer(
    of published: PublishedReceipt, through adapter: ServedAdapter
  ) async throws {
    let receipt = published.receipt
    let engine = adapter.engine
    // A body that no server answers has no answer to reproduce.
    guard let request = try? ChatRequest(parsing: published.disclosure.request) else {
      throw ReceiptFault.answerNotReproduced
    }
    let retrieved = receipt.evidence.retrieval?.passages.map(\.record) ?? []
    guard retrieved.count <= Int(request.passageLimit ?? 0) else {
      throw ReceiptFault.passagesWrong
    }
    let passages = try await adapter.passages(of: retrieved)
    let order = receipt.order.order
    let system = try await Artifacts(blobs: blobs).systemMessage(
      of: order, manifest: adapter.manifest, on: ledger)
    let prompt = try request.promptTokens(
      system: system, passages: passages, template: engine.template)
    let (handle, isEnsemble) = try await answering(order, adapter)
    defer { if isEnsemble { Task { await engine.unload(handle) } } }
    let answer = published.disclosure.answer.map { Int32(bitPattern: $0) }
    let asked = try GenerationRequest(
      request, prompt: prompt, adapter: handle, engine: engine, order: order,
      payer: receipt.payer)
    let repeated = try await engine.serving.answer(asked).tokens
    // A stream ends where its client left.
    let mayBreakOff = request.isStreaming && !answer.isEmpty
    var isRepeated = repeated == answer || mayBreakOff && repeated.starts(with: answer)
    if !isRepeated, asked.isPlain {
      isRepeated = try await AnswerMargin.holds(
        answer, to: asked, by: engine, mayBreakOff: mayBreakOff)
    }
    guard isRepeated, receipt.tokensIn == UInt32(prompt.count),
      receipt.tokensOut == UInt32(answer.count),
      published.hasTexts(
        answer: published.disclosure.answerText(by: engine.tokenizer),
        prompt: request.promptText(system: system, passages: passages))
    else { throw ReceiptFault.answerNotReproduced }
  }

  /// What an order's answer comes from: its adapter, or the ensemble that it names.
  private func answering(
    _ order: Order, _ adapter: ServedAdapter
  ) async throws -> (AdapterHandle, isEnsemble: Bool) {
    guard !order.ensemble.isEmpty else { return (adapter.handle, false) }
    let artifacts = Artifacts(blobs: blobs)
    let manifests = try await artifacts.manifests(of: order, on: ledger)
    do {
      let handle = try await adapter.engine.load(
        ensemble: order.ensemble, manifests: manifests, from: artifacts)
      return (handle, true)
    } catch let failure as ModelFailure where failure.code == .adapterUnsupported {
      // No server answers with what no engine runs.
      throw ReceiptFault.answerNotReproduced
    }
  }

  /// Recomputes the query of the answer as it is given, and what its passages did for it.
  /// - Returns: the cosine between the claimed and the recomputed query.
  /// - Throws: ``ReceiptFault`` with `queryWrong` or `likelihoodsWrong`; `answerNotReproduced` if the
  ///   request can't be read.
  func checkQuery(
    of published: PublishedReceipt, through adapter: ServedAdapter
  ) async throws -> Double {
    let evidence = published.receipt.evidence
    let query = try await adapter.query(of: published.disclosure)
    let cosine = query.cosine(with: evidence.influence.query)
    guard cosine >= Self.leastCosine else { throw ReceiptFault.queryWrong }
    guard try await retrieval(of: published, through: adapter) == evidence.retrieval else {
      throw ReceiptFault.likelihoodsWrong
    }
    return cosine
  }

  /// What the answer's passages did for it: as the receipt says, if that is right but for rounding.
  func retrieval(
    of published: PublishedReceipt, through adapter: ServedAdapter
  ) async throws -> RetrievalEvidence? {
    guard let request = try? ChatRequest(parsing: published.disclosure.request) else {
      throw ReceiptFault.answerNotReproduced
    }
    let claimed = published.receipt.evidence.retrieval
    let answer = published.disclosure.answer.map { Int32(bitPattern: $0) }
    let recomputed = try await adapter.retrievalEvidence(
      of: request, records: claimed?.passages.map(\.record) ?? [], answer: answer,
      engine: adapter.engine)
    let agrees = RetrievalComparison(tokens: answer.count + 1).agrees(claimed, recomputed)
    return agrees ? claimed : recomputed
  }

  /// The part of the ledger's state that the audit of one receipt reads.
  private func state(
    for published: PublishedReceipt, index: InfluenceIndex
  ) async throws -> InMemoryState {
    let receipt = published.receipt
    let order = receipt.order.order
    var entries: [StateWrite] = []
    let settled = published.settlement.map {
      [StateKey<BatchRecord>.batch($0.batch).bytes, StateKey<Bool>.voidReceipt($0.leaf).bytes]
    }
    let passages = receipt.evidence.retrieval?.passages ?? []
    let groups = Set(passages.compactMap { index.origin(of: $0.record)?.group })
    let contributions = groups.map {
      StateKey<ContributionRecord>.contribution(Identifier($0)).bytes
    }
    var ensemble: [[UInt8]] = []
    for part in order.ensemble where part.adapter != order.adapter {
      ensemble.append(StateKey<AdapterRecord>.adapter(part.adapter).bytes)
      if let record = try await ledger.record(.adapter(part.adapter)) {
        ensemble.append(StateKey<RunRecord>.run(record.offer.run).bytes)
      }
    }
    for key in (settled ?? []) + contributions + ensemble + [
      StateKey<LedgerParameters>.parameters.bytes,
      StateKey<AdapterRecord>.adapter(order.adapter).bytes,
      StateKey<RunRecord>.run(receipt.run).bytes,
      StateKey<RetiredTerms>.retiredTerms(order.terms).bytes,
      StateKey<ChannelRecord>.channel(order.channel).bytes,
    ] {
      if let value = try await ledger.value(at: key) {
        entries.append(StateWrite(key: key, value: value))
      }
    }
    return InMemoryState(entries)
  }
}

extension ReceiptDisclosure {
  /// The bytes of the answer's text.
  func answerText(by tokenizer: Tokenizer) -> [UInt8] {
    Array(tokenizer.decode(answer.map { Int32(bitPattern: $0) }).utf8)
  }
}

extension Evidence {
  /// The records whose texts it was made from: those that spans cite, and those retrieved.
  fileprivate var textsTaken: [Digest] {
    (spans?.spans.flatMap { $0.sources.map(\.record) } ?? [])
      + (retrieval?.passages.map(\.record) ?? [])
  }
}
