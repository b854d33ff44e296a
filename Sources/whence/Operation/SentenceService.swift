import ClientAPI
import LanguageModels
import NodeHTTP

/// The encoder of sentences as a node's clients reach it.
struct SentenceService: TextEncoder {
  let encoder: SentenceEncoder

  /// Nil where the set-up script put no encoder.
  /// - Throws: ``ModelFailure`` if what it put there can't be read.
  static func open() throws -> SentenceService? {
    LocalModel.hasEncoder ? SentenceService(encoder: try LocalModel.openEncoder()) : nil
  }

  var name: String { LocalModel.encoderName }
  var dimension: Int { encoder.dimension }
  var tokenMaximum: Int { SentenceEncoder.tokenMaximum }

  func tokenCount(of text: String) -> Int { encoder.tokenCount(of: text) }

  func vectors(of texts: [String]) async throws(InferenceFailure) -> [[Float]] {
    do {
      return try await encoder.vectors(for: texts)
    } catch {
      throw InferenceFailure(.unavailable, "the encoder gave no vectors: \(error)")
    }
  }
}
