public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Everything a stranger needs to repeat a run and to recompute its receipts, by digest.
///
/// The run record on the ledger commits to ``digest``; the blobs it names are public.
public struct RunManifest: Hashable, CanonicalCodable {
  public static let recordMaximum = 1_000_000
  public static let codeVersionMaximum = 64

  /// SHA-256 of the base model's file.
  public var baseWeights: Digest
  public var snapshotRoot: Digest
  /// The records trained on, in commit order.
  public var trained: [Digest]
  /// The records kept out of training, drawn by ``decoyDraw``; strictly sorted.
  public var decoys: [Digest]
  /// The header of the block whose digest drew the decoys: later than the snapshot's.
  public var decoyDraw: Digest
  public var recipe: TrainingRecipe
  /// The blob of the trained adapter's weights, a safetensors file in PEFT's names.
  public var adapter: Digest
  /// The blob of the adapter's settings, PEFT's `adapter_config.json`.
  public var adapterSettings: Digest
  /// The blob of the adapter as it was after ``TrainingRecipe/tracingStep(records:)``, where the
  /// gradients of records and answers are taken; its settings are the adapter's.
  public var tracingAdapter: Digest
  /// The blob of the curvature at the tracing adapter.
  public var curvature: Digest
  /// The blob of the influence index.
  public var index: Digest
  /// The blob of the ``SnapshotTexts``.
  public var texts: Digest
  public var codeVersion: String

  public init(
    baseWeights: Digest, snapshotRoot: Digest, trained: [Digest], decoys: [Digest],
    decoyDraw: Digest, recipe: TrainingRecipe, adapter: Digest, adapterSettings: Digest,
    tracingAdapter: Digest, curvature: Digest, index: Digest, texts: Digest, codeVersion: String
  ) {
    self.baseWeights = baseWeights
    self.snapshotRoot = snapshotRoot
    self.trained = trained
    self.decoys = decoys
    self.decoyDraw = decoyDraw
    self.recipe = recipe
    self.adapter = adapter
    self.adapterSettings = adapterSettings
    self.tracingAdapter = tracingAdapter
    self.curvature = curvature
    self.index = index
    self.texts = texts
    self.codeVersion = codeVersion
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(baseWeights)
    encoder.encode(snapshotRoot)
    encoder.encode(list: trained)
    encoder.encode(list: decoys)
    encoder.encode(decoyDraw)
    encoder.encode(recipe)
    encoder.encode(adapter)
    encoder.encode(adapterSettings)
    encoder.encode(tracingAdapter)
    encoder.encode(curvature)
    encoder.encode(index)
    encoder.encode(texts)
    encoder.encode(text: codeVersion)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    baseWeights = try decoder.decode()
    snapshotRoot = try decoder.decode()
    trained = try decoder.list(atMost: Self.recordMaximum)
    decoys = try decoder.list(atMost: Self.recordMaximum)
    decoyDraw = try decoder.decode()
    recipe = try decoder.decode()
    adapter = try decoder.decode()
    adapterSettings = try decoder.decode()
    tracingAdapter = try decoder.decode()
    curvature = try decoder.decode()
    index = try decoder.decode()
    texts = try decoder.decode()
    codeVersion = try decoder.text(atMost: Self.codeVersionMaximum)
  }
}

extension RunManifest {
  /// The name of the manifest's blob, and what the run record commits to.
  public var digest: Digest { SHA256.digest(of: canonicalBytes) }

  /// The blobs that serving the adapter and recomputing its receipts take.
  public var artifacts: [Digest] {
    [adapter, adapterSettings, tracingAdapter, curvature, index, texts]
  }
}
