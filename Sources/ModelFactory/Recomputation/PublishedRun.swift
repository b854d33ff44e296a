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
  /// Trained on or decoys, in commit order, each with the neighbours that the texts show; those that
  /// no row of the index is of are missing.
  public let records: [TrainingRecord]
  /// Whether every text is the first of its kind.
  let areHeads: Bool
  private let places: [Digest: Int]
  private let texts: [Digest: InstructionRecord]

  /// - Complexity: that of ``AttributionRules/CopyClusters`` and ``AttributionRules/NeighbourSearch``
  ///   over all texts.
  public init(
    manifest: RunManifest, texts: SnapshotTexts, index: InfluenceIndex,
    curvature: AdapterCurvature, adapter: LoRAAdapter, tracingAdapter: LoRAAdapter
  ) {
    self.manifest = manifest
    self.index = index
    self.curvature = curvature
    self.adapter = adapter
    self.tracingAdapter = tracingAdapter
    var clusters = CopyClusters()
    var search = NeighbourSearch()
    var heads: [SnapshotText] = []
    var records: [TrainingRecord] = []
    var areHeads = true
    for (place, text) in texts.texts.enumerated() {
      let outline = text.record.outline
      areHeads = clusters.append(outline) == place && areHeads
      let neighbours = search.append(outline).map { heads[$0] }
      heads.append(text)
      if let origin = index.origin(of: text.digest) {
        records.append(TrainingRecord(text, origin: origin, neighbours: neighbours))
      }
    }
    self.records = records
    places = Dictionary(
      zip(records.map(\.digest), records.indices), uniquingKeysWith: { first, _ in first })
    self.areHeads = areHeads
    self.texts = Dictionary(
      texts.texts.map { ($0.digest, $0.record) }, uniquingKeysWith: { first, _ in first })
  }

  /// Those trained on, in commit order, by the manifest.
  public var trained: [TrainingRecord] {
    let decoys = Set(manifest.decoys)
    return records.filter { !decoys.contains($0.digest) }
  }

  /// One of ``records``.
  func record(_ digest: Digest) -> TrainingRecord? { places[digest].map { records[$0] } }

  /// The root that a Datanet's version has if these records are its heads.
  var snapshotRoot: Digest {
    MerkleTree(leaves: records.map { $0.digest.bytes + $0.origin.canonicalBytes }).root
  }

  /// The records trained on that give a held-out question away.
  func alike(_ question: InstructionRecord) -> Set<Digest> {
    let outline = question.outline
    return Set(manifest.trained.filter { texts[$0]?.outline.resembles(outline) == true })
  }
}
