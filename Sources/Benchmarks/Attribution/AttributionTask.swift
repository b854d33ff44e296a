internal import Foundation
internal import LanguageModels
internal import Primitives

/// What attribution is measured on (research protocol E1): twelve contributors of short documents,
/// held-out documents of each, and a base model of bytes that has seen none of them.
public struct AttributionTask: Codable, Sendable {
  public struct Contributor: Codable, Sendable {
    public let name: String
    /// Where the text was read, for people.
    public let source: String
    public let documents: [String]
    public let heldOut: [String]
  }

  /// In bytes, all of them printable ASCII, tabs or line breaks: one that is only read, and 64
  /// that are predicted.
  static let documentLength = 65
  static let documentCount = 50
  static let heldOutCount = 4
  static let contributorCount = 12

  public let contributors: [Contributor]

  /// All documents, contributor after contributor.
  var training: [TrainingExample] { contributors.flatMap(\.documents).map(Self.example) }
  var queries: [TrainingExample] { contributors.flatMap(\.heldOut).map(Self.example) }
  /// The contributor of each document.
  var owners: [Int] {
    contributors.enumerated().flatMap { place, contributor in
      contributor.documents.map { _ in place }
    }
  }

  /// Byte b is token b; the first byte is only read.
  private static func example(_ text: String) -> TrainingExample {
    let tokens = text.utf8.map(Int32.init)
    return TrainingExample(
      promptTokens: Array(tokens.prefix(1)), answerTokens: Array(tokens.dropFirst()))
  }

  // MARK: - Fixed settings

  static let configuration = ByteModel.configuration(
    layerCount: 2, width: 128, innerWidth: 256, headCount: 4, contextLength: documentLength)

  /// LoRA of rank 4 on all linear maps, as the research measured it.
  static func settings(seed: UInt64) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.rank = 4
    settings.alpha = 16
    settings.epochs = 3
    settings.batchSize = 50
    settings.learningRate = 5e-3
    settings.seed = seed
    return settings
  }

  // MARK: - Drawing it from a machine's files

  /// Draws documents from files that the set-up script and Debian bring; another release of these
  /// gives other documents.
  static func drawn(dependencies: String, seed: UInt64 = 1) throws -> AttributionTask {
    AttributionTask(
      contributors: try TextSource.contributors(dependencies: dependencies).enumerated().map {
        let windows = try $1.windows(seed: seed + UInt64($0))
        return Contributor(
          name: $1.name, source: $1.description,
          documents: Array(windows.prefix(documentCount)),
          heldOut: Array(windows[documentCount..<documentCount + heldOutCount]))
      })
  }
}
