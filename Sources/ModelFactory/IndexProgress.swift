internal import CanonicalCoding
internal import Cryptography
internal import LanguageModels
public import Primitives
public import Storage

/// What of an index is made already, on disk, so that a build that was cut off goes on there.
///
/// Every piece is named by the digest of all that it follows from and begins with the digest of its
/// bytes: a piece of another run, or a damaged one, is not found and made again. One process writes a
/// folder; it may be removed at any time, and should be once the index is published.
public struct IndexProgress: Sendable {
  private let folder: DocumentFolder
  /// The adapter that gradients are taken at, and the model below it.
  private let origin: Digest

  /// - Parameters:
  ///   - baseWeights: SHA-256 of the base model's file.
  ///   - adapter: SHA-256 of the tracing adapter's weights.
  /// - Throws: `StorageFailure`.
  public init(at path: String, baseWeights: Digest, adapter: Digest) throws(StorageFailure) {
    folder = try DocumentFolder(at: path)
    origin = SHA256.digest(of: baseWeights.bytes + adapter.bytes)
  }

  /// The name of what is made of these examples, and of what else `basis` names.
  func name(_ kind: String, of examples: [TrainingExample], basis: Digest = .zero) -> String {
    var encoder = CanonicalEncoder()
    encoder.encode(origin)
    encoder.encode(basis)
    for example in examples {
      for tokens in [example.promptTokens, example.answerTokens] {
        encoder.encode(UInt32(tokens.count))
        for token in tokens { encoder.encode(UInt32(bitPattern: token)) }
      }
    }
    return "\(kind)-\(SHA256.digest(of: encoder.bytes))"
  }

  /// A piece that was kept whole; nil if it has to be made.
  /// - Throws: `StorageFailure` unless it is missing or damaged.
  func piece(_ name: String) throws -> [UInt8]? {
    guard let bytes = try folder.bytes(of: name), bytes.count >= Digest.byteCount else {
      return nil
    }
    let content = Array(bytes.dropFirst(Digest.byteCount))
    return SHA256.digest(of: content).bytes == Array(bytes.prefix(Digest.byteCount)) ? content : nil
  }

  /// Keeps a piece, on disk before returning.
  func keep(_ content: [UInt8], as name: String) throws {
    try folder.put(SHA256.digest(of: content).bytes + content, as: name)
  }
}
