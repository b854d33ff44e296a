public import Attribution
internal import AttributionRules
internal import ClientAPI
internal import LanguageModels
internal import Ledger
internal import Primitives

extension ServedAdapter {
  /// The same adapter, which finds passages among its run's records.
  ///
  /// Cost: an encoding of each text that the file doesn't hold yet.
  /// - Parameter path: of a file of this run's own; made if absent.
  /// - Throws: what ``Attribution/PassageIndex`` and the encoder throw.
  public func searching(
    inFile path: String, by encoder: any SentenceEncoding
  ) async throws -> ServedAdapter {
    let passageIndex = try PassageIndex(path: path, encoder: encoder)
    // What an earlier process found here may be erased by now.
    try await passageIndex.withdraw(Set(texts.published.erased.keys))
    try await passageIndex.add(texts.published.texts.texts.map(Passage.init))
    var searching = self
    searching.passageIndex = passageIndex
    return searching
  }

  /// Takes the passages of some records out of the file, for good.
  func forget(_ records: Set<Digest>) async throws { try await passageIndex?.withdraw(records) }

  /// The passages that a request's answer may lean on, the most useful first; none unless it asks.
  ///
  /// What a contributor has withdrawn from retrieval is left out.
  func passages(
    for request: ChatRequest, on ledger: any LedgerClient
  ) async throws(InferenceFailure) -> [PlacedPassage] {
    guard let limit = request.passageLimit else { return [] }
    guard let passageIndex else {
      throw InferenceFailure(
        .unsupportedParameter,
        "the records of \(request.model) can't be searched here; leave out tools",
        parameter: "tools")
    }
    do {
      let found = try await passageIndex.search(
        PassageContext.question(
          of: request.prompt.map { [.init(role: .user, content: $0)] } ?? request.messages),
        count: PassageIndex.mostResults)
      var placed: [PlacedPassage] = []
      for passage in found where placed.count < Int(limit) {
        guard let text = texts.published.texts[passage.record],
          let group = index.origin(of: text.digest)?.group,
          let contribution = try await ledger.record(.contribution(Identifier(group))),
          contribution.use < .retrievalOff
        else { continue }
        let priority = contribution.priority
        placed.append(
          PlacedPassage(
            passage: Passage(text),
            place: CommitPlace(
              height: priority.height, indexInBlock: priority.index,
              indexInContribution: text.place.indexInContribution)))
      }
      return placed
    } catch { throw InferenceFailure(.unavailable, "the records can't be searched: \(error)") }
  }

  /// The texts of records that were retrieved, in their order.
  /// - Throws: as ``PublishedTexts/text(of:)``.
  func passages(of records: [Digest]) throws(ServingFailure) -> [Passage] {
    var passages: [Passage] = []
    for record in records { passages.append(Passage(try texts.published.text(of: record))) }
    return passages
  }

  /// What adapter and passages did for an answer; nil if nothing was retrieved.
  ///
  /// - Throws: as ``PublishedTexts/text(of:)``; what the engine throws.
  func retrievalEvidence(
    of request: ChatRequest, records: [Digest], answer: [Int32], engine: LanguageEngine
  ) async throws -> RetrievalEvidence? {
    guard !records.isEmpty else { return nil }
    let passages = try passages(of: records)
    let template = engine.template
    return try await RetrievalTracing(engine: engine, adapter: handle).evidence(
      records: records,
      prompts: .init(
        plain: try prompt(of: request, template: template),
        whole: try prompt(of: request, passages: passages, template: template),
        shortened: try passages.indices.map {
          try prompt(of: request, passages: passages, leavingOut: $0, template: template)
        }), answer: answer)
  }
}

extension Passage {
  /// A record as it is looked for and shown: question and answer.
  init(_ text: SnapshotText) {
    self.init(record: text.digest, text: "\(text.record.question)\n\(text.record.answer)")
  }
}

/// A passage and where its record was committed.
struct PlacedPassage {
  let passage: Passage
  let place: CommitPlace
}

extension [PlacedPassage] {
  /// In the order in which an answer is given them, and its receipt lists them.
  var inCommitOrder: [Passage] { sorted { $0.place < $1.place }.map(\.passage) }
}
