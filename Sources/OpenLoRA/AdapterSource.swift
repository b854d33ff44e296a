internal import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Primitives
internal import Storage

/// Where an operator says that an adapter's files are.
struct AdapterSource: Sendable {
  private enum Place {
    case blob(Digest)
    case path(String)
  }

  private let place: Place

  /// - Parameter path: a folder, an archive, or a digest in the blob store.
  init(_ path: String) {
    place = Digest(hex: path).map(Place.blob) ?? .path(path)
  }

  /// Reads both files, wherever they lie.
  ///
  /// A digest is that of the weights, or of an archive of both.
  /// - Throws: `ModelFailure` with `adapterMissing` or `adapterCorrupt`; ``ServingFailure`` with
  ///   `artifactMissing`.
  func files(of manifest: RunManifest, blobs: BlobStore) throws -> LoRAAdapter.Files {
    let artifacts = Artifacts(blobs: blobs)
    switch place {
    case .path(let path): return try LoRAAdapter.Files(path: path)
    case .blob(manifest.adapter):
      return LoRAAdapter.Files(
        weights: try artifacts.bytes(manifest.adapter),
        settings: try artifacts.bytes(manifest.adapterSettings))
    case .blob(let digest): return try LoRAAdapter.Files(archive: artifacts.bytes(digest))
    }
  }
}

extension LoRAAdapter.Files {
  /// Checks that these are the files that a run commits to.
  /// - Throws: ``ServingFailure`` with `adapterDiffers`.
  func check(against manifest: RunManifest) throws(ServingFailure) {
    for (bytes, digest, name) in [
      (settings, manifest.adapterSettings, Self.settingsName),
      (weights, manifest.adapter, Self.weightsName),
    ] {
      let found = SHA256.digest(of: bytes)
      guard found == digest else {
        throw ServingFailure(
          .adapterDiffers, "\(name) has the digest \(found), and the ledger commits to \(digest)")
      }
    }
  }
}
