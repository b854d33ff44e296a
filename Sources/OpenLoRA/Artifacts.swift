public import Attribution
public import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import LanguageModels
public import Ledger
public import Primitives
public import Storage

/// The public artifacts of a run, by the digests that its record commits to.
public struct Artifacts: Sendable {
  public let blobs: BlobStore

  public init(blobs: BlobStore) { self.blobs = blobs }

  /// - Throws: ``ServingFailure`` with `artifactMissing` or `artifactCorrupt`.
  public func bytes(_ digest: Digest) throws -> [UInt8] {
    guard let bytes = try blobs.bytes(of: digest) else { throw Self.missing(digest) }
    return bytes
  }

  /// What a run can't be served or checked without is not here.
  public static func missing(_ digest: Digest) -> ServingFailure {
    ServingFailure(.artifactMissing, "artifact \(digest) is not here; copy it into the blob store")
  }

  /// The manifest, checked against what else the run's record says of it.
  public func manifest(of run: RunRecord) throws -> RunManifest {
    let bytes = try bytes(run.claim.manifest)
    guard let manifest = try? RunManifest(canonicalBytes: bytes),
      manifest.adapter == run.claim.adapterWeights,
      // A long record has several rows, and none has less than one.
      manifest.trained.count <= Int(run.claim.rowCount),
      manifest.decoys.count <= Int(run.claim.decoyCount),
      manifest.codeVersion == run.claim.codeVersion
    else {
      throw ServingFailure(.artifactCorrupt, "the run's manifest is not what its record says")
    }
    return manifest
  }

  /// Reads one of the run's adapters, whose settings are the same, when it is called.
  /// - Throws: ``ServingFailure`` with `artifactMissing` at once if it is away.
  func original(
    of manifest: RunManifest, _ weights: Digest, for configuration: LlamaConfiguration
  ) throws -> AdapterStore.Original {
    for digest in [weights, manifest.adapterSettings] where !blobs.contains(digest) {
      throw Self.missing(digest)
    }
    let settings = manifest.adapterSettings
    return { [self] in
      try LoRAAdapter(
        .init(weights: bytes(weights), settings: bytes(settings)), for: configuration)
    }
  }

  public func curvature(of manifest: RunManifest) throws -> AdapterCurvature {
    try AdapterCurvature(bytes: bytes(manifest.curvature))
  }

  /// The list of the run's texts, checked against the digests that the manifest lists.
  public func texts(of manifest: RunManifest) throws -> RunTexts {
    let bytes = try bytes(manifest.texts)
    guard let texts = try? RunTexts(canonicalBytes: bytes), texts.isSnapshot(of: manifest)
    else { throw ServingFailure(.artifactCorrupt, "the run's texts are not those of its records") }
    return texts
  }

  /// A record's text, checked against its digest; nil if it is not here.
  /// - Throws: ``ServingFailure`` with `artifactCorrupt`; `StorageFailure`.
  public func text(_ name: TextName) throws -> SnapshotText? {
    guard let bytes = try blobs.bytes(of: name.blob) else { return nil }
    guard let text = name.opened(bytes) else {
      throw ServingFailure(
        .artifactCorrupt, "the blob of record \(name.record) holds another text")
    }
    return text
  }

  /// The index, checked against the roots that the run committed to.
  public func index(of manifest: RunManifest, run: RunRecord) throws -> InfluenceIndex {
    let bytes = try bytes(manifest.index)
    guard let index = try? InfluenceIndex(canonicalBytes: bytes),
      index.root == run.claim.indexRoot, index.decoyRoot == run.claim.decoyRoot,
      index.records.count == Int(run.claim.rowCount),
      index.decoys.count == Int(run.claim.decoyCount)
    else {
      throw ServingFailure(.artifactCorrupt, "the run's index is not the one it committed to")
    }
    return index
  }
}
