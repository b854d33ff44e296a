public import AttributionRules
public import ClientAPI
internal import Ledger
public import Primitives

/// The published texts of a run's records, and which of them the ledger had withdrawn when it was
/// asked.
public struct PublishedTexts: Sendable {
  public let texts: SnapshotTexts
  /// Records that are no longer retrieved or cited.
  public let withdrawn: Set<Digest>
  /// The contribution of each record.
  private let contributions: [Digest: Identifier<Contribution>]

  /// Fetches the document that the manifest names, and checks it against the ledger.
  ///
  /// - Throws: ``ServingFailure`` with `artifactMissing`, `recordsErased` if they are missing and should
  ///   be, or `artifactCorrupt` if a record is not the run's, or was committed elsewhere than the
  ///   document says.
  /// - Complexity: a look-up on the ledger for each contribution.
  public static func load(
    of manifest: RunManifest, index: InfluenceIndex, artifacts: Artifacts,
    ledger: any LedgerClient
  ) async throws -> PublishedTexts {
    let texts: SnapshotTexts
    do {
      texts = try artifacts.texts(of: manifest)
    } catch let failure as ServingFailure where failure.code == .artifactMissing {
      throw try await erasure(from: index, ledger: ledger) ?? failure
    }
    var contributions: [Digest: Identifier<Contribution>] = [:]
    var records: [Identifier<Contribution>: ContributionRecord] = [:]
    var withdrawn: Set<Digest> = []
    for text in texts.texts {
      guard let origin = index.origin(of: text.digest) else { throw Self.misplaced(text) }
      let id = Identifier<Contribution>(origin.group)
      if records[id] == nil { records[id] = try await ledger.record(.contribution(id)) }
      let place = text.place
      guard let record = records[id], let content = record.content,
        record.priority == Priority(height: place.height, index: place.indexInBlock),
        place.indexInContribution < content.recordCount
      else { throw Self.misplaced(text) }
      contributions[text.digest] = id
      if record.isWithdrawn { withdrawn.insert(text.digest) }
    }
    return PublishedTexts(texts: texts, withdrawn: withdrawn, contributions: contributions)
  }

  /// The failure to report if a contribution of the run is erased, or will be: its texts are to go.
  private static func erasure(
    from index: InfluenceIndex, ledger: any LedgerClient
  ) async throws -> ServingFailure? {
    for group in Set((index.records + index.decoys).map(\.origin.group)).sorted() {
      let record = try await ledger.record(.contribution(Identifier(group)))
      guard let record, record.isErasing || record.use == .erased else { continue }
      return ServingFailure(
        .recordsErased,
        "contribution \(group) was withdrawn for good, and the run's texts went with it: receipts "
          + "can't be checked here any more, and the adapters must be trained anew")
    }
    return nil
  }

  private static func misplaced(_ text: SnapshotText) -> ServingFailure {
    ServingFailure(
      .artifactCorrupt, "the run's texts place record \(text.digest) where nobody committed it")
  }

  /// Every record as spans are looked for in it, in commit order.
  public var spanRecords: [SpanRecord] {
    texts.texts.map {
      SpanRecord(record: $0.digest, place: $0.place, text: $0.opened.spanText)
    }
  }

  /// Asks the ledger which of some records are no longer retrieved or cited now.
  ///
  /// - Returns: them, and all others of their contributions.
  /// - Complexity: a look-up for each contribution of these records.
  public func withdrawn(
    among records: some Sequence<Digest>, on ledger: any LedgerClient
  ) async throws(ClientFailure) -> Set<Digest> {
    var gone: Set<Identifier<Contribution>> = []
    for id in Set(records.compactMap { contributions[$0] }).sorted() {
      if try await ledger.record(.contribution(id))?.isWithdrawn != false { gone.insert(id) }
    }
    guard !gone.isEmpty else { return [] }
    return Set(
      texts.texts.map(\.digest).filter { contributions[$0].map(gone.contains) == true })
  }
}

extension ContributionRecord {
  /// Whether its records are neither retrieved for answers nor cited by them.
  fileprivate var isWithdrawn: Bool { use >= .retrievalOff }
}
