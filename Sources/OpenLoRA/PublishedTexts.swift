public import AttributionRules
public import ClientAPI
internal import Ledger
public import Primitives

/// The published texts of a run's records, and which of them the ledger had withdrawn when it was
/// asked.
public struct PublishedTexts: Sendable {
  /// Those that are not erased.
  public let texts: SnapshotTexts
  /// Records that are no longer retrieved or cited, the erased ones among them.
  public let withdrawn: Set<Digest>
  /// Where the records were committed whose texts are gone, as their contributors want.
  public let erased: [Digest: CommitPlace]
  /// The contribution of each record.
  private let contributions: [Digest: Identifier<Contribution>]

  /// Fetches the list that the manifest names and the texts that this names, and checks them
  /// against the ledger.
  ///
  /// - Throws: ``ServingFailure`` with `artifactMissing` if the list is missing, or a text whose
  ///   contribution nobody erases, or `artifactCorrupt` if a record is not the run's, or was
  ///   committed elsewhere than the list says.
  /// - Complexity: a look-up on the ledger for each contribution, and reading each text.
  public static func load(
    of manifest: RunManifest, index: InfluenceIndex, artifacts: Artifacts,
    ledger: any LedgerClient
  ) async throws -> PublishedTexts {
    var contributions: [Digest: Identifier<Contribution>] = [:]
    var records: [Identifier<Contribution>: ContributionRecord] = [:]
    var texts: [SnapshotText] = []
    var withdrawn: Set<Digest> = []
    var erased: [Digest: CommitPlace] = [:]
    for name in try artifacts.texts(of: manifest).records {
      guard let origin = index.origin(of: name.record) else { throw Self.misplaced(name) }
      let id = Identifier<Contribution>(origin.group)
      if records[id] == nil { records[id] = try await ledger.record(.contribution(id)) }
      guard let record = records[id], record.holds(name.place) else { throw Self.misplaced(name) }
      contributions[name.record] = id
      if record.isWithdrawn { withdrawn.insert(name.record) }
      // What is erased is not read, though it may not be removed here yet.
      if record.use < .erased, let text = try artifacts.text(name) {
        texts.append(text)
      } else {
        guard record.isOrWillBeErased else { throw Self.missing(name) }
        erased[name.record] = name.place
        withdrawn.insert(name.record)
      }
    }
    return PublishedTexts(
      texts: SnapshotTexts(texts), withdrawn: withdrawn, erased: erased,
      contributions: contributions)
  }

  /// Fetches the texts of the records that the run's are partly like besides its own, and checks that
  /// each was revealed on the ledger, where the list says.
  ///
  /// - Throws: as ``load(of:index:artifacts:ledger:)``; ``ServingFailure`` with `recordsErased` for a
  ///   text that is erased: without it no row can be made again that depends on it.
  public static func elsewhere(
    of manifest: RunManifest, artifacts: Artifacts, ledger: any LedgerClient
  ) async throws -> SnapshotTexts {
    var records: [Identifier<Contribution>: ContributionRecord] = [:]
    var texts: [SnapshotText] = []
    for listed in try artifacts.texts(of: manifest).elsewhere {
      let (id, name) = (Identifier<Contribution>(listed.contribution), listed.text)
      if records[id] == nil { records[id] = try await ledger.record(.contribution(id)) }
      guard let record = records[id], record.holds(name.place), let content = record.content,
        listed.isRecord(under: content.recordsRoot, count: content.recordCount)
      else { throw Self.misplaced(name) }
      guard record.use < .erased, let text = try artifacts.text(name) else {
        throw record.isOrWillBeErased ? Self.erasure(of: name.record) : Self.missing(name)
      }
      texts.append(text)
    }
    return SnapshotTexts(texts)
  }

  /// The text of one of the run's records.
  /// - Throws: ``ServingFailure`` with `recordsErased` if it is gone, `artifactMissing` for another
  ///   run's record.
  public func text(of record: Digest) throws(ServingFailure) -> SnapshotText {
    if let text = texts[record] { return text }
    guard erased[record] == nil else { throw Self.erasure(of: record) }
    throw ServingFailure(.artifactMissing, "the run has no record \(record)")
  }

  /// Every record that is not erased as spans are looked for in it, in commit order.
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

  // MARK: - Failures

  private static func misplaced(_ name: TextName) -> ServingFailure {
    ServingFailure(
      .artifactCorrupt, "the run's texts place record \(name.record) where nobody committed it")
  }

  private static func missing(_ name: TextName) -> ServingFailure {
    ServingFailure(
      .artifactMissing,
      "the text of record \(name.record) is not here; copy artifact \(name.blob) into the blob store"
    )
  }

  private static func erasure(of record: Digest) -> ServingFailure {
    ServingFailure(
      .recordsErased,
      "record \(record) was withdrawn for good and its text erased: what takes its text can't be "
        + "computed again")
  }
}

extension ContributionRecord {
  /// Whether its records are neither retrieved for answers nor cited by them.
  fileprivate var isWithdrawn: Bool { use >= .retrievalOff }

  /// Whether its texts are to be gone, by now or once the windows on them are over.
  fileprivate var isOrWillBeErased: Bool { isErasing || use == .erased }

  /// Whether one of its records was committed at a place.
  fileprivate func holds(_ place: CommitPlace) -> Bool {
    guard let content else { return false }
    return priority == Priority(height: place.height, index: place.indexInBlock)
      && place.indexInContribution < content.recordCount
  }
}
