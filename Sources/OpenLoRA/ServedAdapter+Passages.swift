public import Attribution
internal import AttributionRules
internal import ClientAPI
internal import LanguageModels
internal import Ledger
internal import Primitives

extension ServedAdapter {
  /// The same adapter, which finds passages among the texts that it was loaded with.
  ///
  /// Cost: an encoding of each text that the file doesn't hold yet.
  /// - Parameter path: of a file of this run's own; made if absent.
  /// - Throws: what ``Attribution/PassageIndex`` and the encoder throw.
  public func searching(
    inFile path: String, by encoder: any SentenceEncoding
  ) async throws -> ServedAdapter {
    let passageIndex = try PassageIndex(path: path, encoder: encoder)
    try await passageIndex.add(
      texts.sorted { $0.key < $1.key }.map { Passage(record: $0.key, text: $0.value) })
    var searching = self
    searching.passageIndex = passageIndex
    return searching
  }

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
        PassageContext.question(of: request.messages), count: PassageIndex.mostResults)
      var placed: [PlacedPassage] = []
      for passage in found where placed.count < Int(limit) && texts[passage.record] != nil {
        guard let group = index.origin(of: passage.record)?.group,
          let contribution = try await ledger.record(.contribution(Identifier(group))),
          contribution.use < .retrievalOff
        else { continue }
        placed.append(PlacedPassage(passage: passage, place: contribution.priority))
      }
      return placed
    } catch { throw InferenceFailure(.unavailable, "the records can't be searched: \(error)") }
  }

  /// The texts of records that were retrieved, in their order.
  /// - Throws: ``ServingFailure`` with `artifactMissing`.
  func passages(of records: [Digest]) throws(ServingFailure) -> [Passage] {
    var passages: [Passage] = []
    for record in records {
      guard let text = texts[record] else {
        throw ServingFailure(
          .artifactMissing, "the text of record \(record) is not here; copy it into the blob store")
      }
      passages.append(Passage(record: record, text: text))
    }
    return passages
  }

  /// What adapter and passages did for an answer; nil if nothing was retrieved.
  ///
  /// - Throws: ``ServingFailure`` with `artifactMissing` for a record without its text; what the
  ///   engine throws.
  func retrievalEvidence(
    of request: ChatRequest, records: [Digest], answer: [Int32], engine: LanguageEngine
  ) async throws -> RetrievalEvidence? {
    guard !records.isEmpty else { return nil }
    let passages = try passages(of: records)
    let template = engine.template
    return try await RetrievalTracing(engine: engine, adapter: handle).evidence(
      records: records,
      prompts: .init(
        plain: prompt(of: request, template: template),
        whole: prompt(of: request, passages: passages, template: template),
        shortened: passages.indices.map {
          prompt(of: request, passages: passages, leavingOut: $0, template: template)
        }), answer: answer)
  }
}

/// A passage and where its contribution was committed.
struct PlacedPassage {
  let passage: Passage
  let place: Priority
}

extension [PlacedPassage] {
  /// In the order in which an answer is given them, and its receipt lists them: the earliest commit
  /// first, ties by record.
  var inCommitOrder: [Passage] {
    sorted { ($0.place, $0.passage.record) < ($1.place, $1.passage.record) }.map(\.passage)
  }
}
