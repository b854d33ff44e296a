import Cryptography
import Foundation
import LanguageModels
import Primitives
import Tensors

/// The base model that the set-up script installs.
enum LocalModel {
  static var path: String {
    "\(DependencyFolder.path)/model/SmolLM2-135M-Instruct.Q4_1.gguf"
  }

  static let name = "SmolLM2-135M-Instruct Q4_1"
  static let licence = "Apache-2.0"

  /// Loads it, computing on one thread: a second one on a busy core costs more than it brings.
  /// - Parameters:
  ///   - limits: what answers may use; see ``LanguageEngine/init(_:limits:)``.
  ///   - threads: of each matrix product, which answers have none of.
  static func open(
    at path: String = path, limits: ServingLimits? = nil, threads: Int = 1
  ) throws -> LanguageEngine {
    TensorRuntime.setBLASThreads(threads)
    return try LanguageEngine(modelPath: path, limits: limits)
  }

  /// Its tokens' texts alone, in a moment.
  static func tokenizer(at path: String = path) throws -> Tokenizer {
    try Tokenizer(GGUFFile(path: path))
  }

  static let encoderName = "all-MiniLM-L6-v2"

  /// The encoder of sentences beside it, with which records are searched.
  static var hasEncoder: Bool {
    FileManager.default.fileExists(atPath: "\(encoderFolder)/model.safetensors")
  }

  static func openEncoder() throws -> SentenceEncoder { try SentenceEncoder(folder: encoderFolder) }

  private static var encoderFolder: String { "\(DependencyFolder.path)/minilm" }

  /// SHA-256 of the file: what runs commit to.
  static func weightsDigest(at path: String = path) throws -> Digest {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw ModelFailure(
        .modelMissing,
        "no model at \(path); "
          + (path == Self.path ? "run `make setup`" : "name a file that is there"))
    }
    defer { try? file.close() }
    var hash = SHA256()
    while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
      hash.update(Array(chunk))
    }
    return hash.finish()
  }
}
