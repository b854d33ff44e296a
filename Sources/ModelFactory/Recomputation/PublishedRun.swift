public import Attribution
public import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import LanguageModels
internal import Primitives

/// A run as its public artifacts tell it, to be computed again.
public struct PublishedRun: Sendable {
  public let manifest: RunManifest
  public let index: InfluenceIndex
  public let curvature: AdapterCurvature
  public let adapter: LoRAAdapter
  public let tracingAdapter: LoRAAdapter
  /// In commit order, with their neighbours; empty if the texts are not such a run's.
  public let trained: [TrainingRecord]
  /// Sorted, as in the manifest.
  public let decoys: [TrainingRecord]
  /// Both, in commit order.
  let heads: [TrainingRecord]
  /// Whether a neighbour's text is erased: then what follows from it can't be computed again.
  let lacksNeighbours: Bool
  private let texts: SnapshotTexts
  private let places: [Digest: Int]

  /// - Parameters:
  ///   - texts: of all records.
  ///   - elsewhere: of the neighbours besides, as far as they are there.
  ///   - lacksNeighbours: whether one of these is erased.
  /// - Complexity: that of finding copies and neighbours among all texts.
  public init(
    manifest: RunManifest, texts: SnapshotTexts, elsewhere: SnapshotTexts,
    lacksNeighbours: Bool = false, index: InfluenceIndex, curvature: AdapterCurvature,
    adapter: LoRAAdapter, tracingAdapter: LoRAAdapter
  ) {
    self.lacksNeighbours = lacksNeighbours
    self.manifest = manifest
    self.index = index
    self.curvature = curvature
    self.adapter = adapter
    self.tracingAdapter = tracingAdapter
    self.texts = texts
    let records =
      (try? TrainingRecord.all(of: manifest, index: index, records: texts, elsewhere: elsewhere))
      ?? (trained: [], decoys: [])
    (trained, decoys) = records
    let all = Dictionary(
      (trained + decoys).map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
    heads = texts.texts.compactMap { all[$0.digest] }
    places = Dictionary(
      zip(heads.map(\.digest), heads.indices), uniquingKeysWith: { first, _ in first })
  }

  /// Whether no text is a copy of an earlier one, none is missing or needless, and each has a row.
  var isWhole: Bool { !trained.isEmpty && heads.count == texts.texts.count }

  /// A record trained on, or a decoy.
  func record(_ digest: Digest) -> TrainingRecord? { places[digest].map { heads[$0] } }

  /// The root that a Datanet's version has if these records are its heads.
  var snapshotRoot: Digest {
    MerkleTree(leaves: heads.map { $0.digest.bytes + $0.origin.canonicalBytes }).root
  }

  /// For each held-out question the records that give it away.
  func givingAway(_ questions: [InstructionRecord]) -> [Set<Digest>] {
    let overlap = HeldOutOverlap(items: questions.map(\.outline))
    let outlines = texts.texts.map { ($0.digest, $0.record.outline) }
    return questions.indices.map { place in
      Set(outlines.lazy.filter { overlap.isGivenAway(place, by: $0.1) }.map(\.0))
    }
  }
}
