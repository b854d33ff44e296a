import AttributionRules
import CanonicalCoding
import ClientAPI
import Datanets
import Ledger
import OpenLoRA
import Primitives
import Storage

/// Removes from a node's folder what the ledger has erased: an erasure is a promise to its contributor.
///
/// A text belongs to whoever committed to it first, as far as the folder's lists and contributions
/// show: a later copy that is erased takes nothing of the first with it, and one that is not keeps
/// nothing of it. When in doubt the text goes, for it can be fetched again.
actor ErasedTexts {
  private let ledger: any LedgerClient
  private let blobs: BlobStore
  /// Holds the texts too, to search in; nil for a node that answers no prompts.
  private let inference: InferenceServer?
  /// Contributions of which nothing is left here.
  private var removed: Set<Identifier<Contribution>> = []

  init(ledger: any LedgerClient, blobs: BlobStore, inference: InferenceServer?) {
    self.ledger = ledger
    self.blobs = blobs
    self.inference = inference
  }

  /// Removes what is erased now and later, and says so, until the task is cancelled.
  func run() async throws {
    try await repeatedly(every: .seconds(30)) {
      for contribution in try await removeDue() {
        print("contribution \(contribution) is erased, and nothing of its texts is left here")
      }
    }
  }

  /// Removes what is erased by now.
  ///
  /// - Returns: the contributions that were not looked at before, in commit order.
  /// - Throws: `ClientFailure`, `StorageFailure`; what is left goes with the next call.
  /// - Complexity: reads every contribution on the ledger; once one is newly erased, every list of texts
  ///   here too.
  @discardableResult
  func removeDue() async throws -> [Identifier<Contribution>] {
    let revealed = try await ledger.records(
      in: .contributions, named: Identifier<Contribution>.self, as: ContributionRecord.self
    ).filter { $0.record.content != nil }.sorted { $0.record.priority < $1.record.priority }
    let erased = revealed.filter { $0.record.use == .erased && !removed.contains($0.name) }
    guard !erased.isEmpty else { return [] }

    let isErased = Dictionary(
      revealed.map { ($0.record.priority, $0.record.use == .erased) },
      uniquingKeysWith: { first, _ in first })
    let bundles = try erased.compactMap { try bundle(of: $0.record) }
    var texts = try await listedTexts()
    for (priority, bundle) in bundles { texts.claim(bundle, at: priority) }
    let gone = texts.claims.filter { isErased[$0.value.priority] == true }
    for (blob, claim) in gone where try holds(blob, claim.record) { try blobs.remove(blob) }
    try await inference?.forget(Set(gone.map(\.value.record)))

    // Contributions go last: whatever cuts this off, the next call knows their texts.
    for (_, record) in erased {
      guard let blob = record.content?.blob, try bundle(of: record) != nil else { continue }
      try blobs.remove(blob)
    }
    removed.formUnion(erased.map(\.name))
    return erased.map(\.name)
  }

  // MARK: - Parts

  /// Who was first to claim each text, by its blob.
  private struct Texts {
    struct Claim {
      let priority: Priority
      let record: Digest
    }

    var claims: [Digest: Claim] = [:]

    mutating func claim(_ blob: Digest, of record: Digest, at priority: Priority) {
      if let claim = claims[blob], claim.priority <= priority { return }
      claims[blob] = Claim(priority: priority, record: record)
    }

    mutating func claim(_ bundle: ContributionBundle, at priority: Priority) {
      for (place, record) in bundle.records.enumerated() {
        let text = RecordText(record: record, salt: bundle.salt(ofRecord: place))
        claim(text.blob, of: bundle.recordDigests[place], at: priority)
      }
    }
  }

  /// What the runs whose manifests are here say of texts.
  private func listedTexts() async throws -> Texts {
    var texts = Texts()
    let runs = try await ledger.records(
      in: .runs, named: Identifier<Run>.self, as: RunRecord.self)
    let artifacts = Artifacts(blobs: blobs)
    for (_, run) in runs where blobs.contains(run.claim.manifest) {
      // A run that is damaged has nothing to say.
      guard let manifest = try? artifacts.manifest(of: run),
        let list = try? artifacts.texts(of: manifest)
      else { continue }
      for name in list.records + list.elsewhere.map(\.text) {
        let priority = Priority(height: name.place.height, index: name.place.indexInBlock)
        texts.claim(name.blob, of: name.record, at: priority)
      }
    }
    return texts
  }

  /// What a contribution holds, if it is here and what was revealed: anybody can name any blob, and
  /// nobody another's records.
  private func bundle(
    of record: ContributionRecord
  ) throws -> (priority: Priority, bundle: ContributionBundle)? {
    guard let content = record.content, let bytes = try bytes(of: content.blob),
      let bundle = try? ContributionBundle(blob: bytes),
      bundle.recordsRoot == content.recordsRoot
    else { return nil }
    return (record.priority, bundle)
  }

  /// Whether a blob is here and a record's text, as lists may name anything.
  private func holds(_ blob: Digest, _ record: Digest) throws -> Bool {
    guard let bytes = try bytes(of: blob) else { return false }
    return (try? RecordText(canonicalBytes: bytes))?.digest == record
  }

  private func bytes(of digest: Digest) throws -> [UInt8]? {
    do {
      return try blobs.bytes(of: digest)
    } catch let failure where failure.code == .corrupt {
      // Nobody can use it any more, and a text may be in it all the same.
      try blobs.remove(digest)
      return nil
    }
  }
}
