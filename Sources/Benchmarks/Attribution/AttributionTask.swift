internal import LanguageModels

/// What attribution is measured on: contributors of short documents, and held-out documents of each.
public struct AttributionTask: Codable, Sendable {
  public struct Contributor: Codable, Sendable {
    public let name: String
    /// Where the text was read, for people.
    public let source: String
    public let documents: [String]
    public let heldOut: [String]
  }

  /// Of the task of bytes, in bytes, all of them printable ASCII, tabs or line breaks: one that is
  /// only read, and 64 that are predicted.
  static let documentLength = 65

  public let contributors: [Contributor]

  /// All documents, contributor after contributor.
  var documents: [String] { contributors.flatMap(\.documents) }
  var queries: [String] { contributors.flatMap(\.heldOut) }
  /// The contributor of each document.
  var owners: [Int] {
    contributors.enumerated().flatMap { place, contributor in
      contributor.documents.map { _ in place }
    }
  }

  // MARK: - The task of bytes

  static let configuration = ByteModel.configuration(
    layerCount: 2, width: 128, innerWidth: 256, headCount: 4, contextLength: documentLength)

  /// Draws documents from files that the set-up script and Debian bring; another release of these
  /// gives other documents.
  static func drawn(dependencies: String, seed: UInt64 = 1) throws -> AttributionTask {
    let plan = TaskPlan.bytes
    return AttributionTask(
      contributors: try TextSource.contributors(dependencies: dependencies).enumerated().map {
        let windows = try $1.windows(seed: seed + UInt64($0))
        return Contributor(
          name: $1.name, source: $1.description,
          documents: Array(windows.prefix(plan.documentCount)),
          heldOut: Array(windows[plan.documentCount...]))
      })
  }
}
