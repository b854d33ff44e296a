internal import Foundation

/// Another program's scores on a kept task, as `scripts/peers` write them.
struct PeerScores: Codable {
  /// In small letters: what the figures are named after.
  let name: String
  /// By query, then by document.
  let scores: [[Double]]

  /// - Throws: ``AttributionBenchmarkFailure`` with `scoresUnfit`.
  init(file: String, for task: AttributionTask) throws {
    let (queries, documents) = (task.queries.count, task.documents.count)
    guard let data = FileManager.default.contents(atPath: file),
      let read = try? JSONDecoder().decode(PeerScores.self, from: data),
      !read.name.isEmpty, read.name.utf8.allSatisfy({ (97...122).contains($0) }),
      read.scores.count == queries, read.scores.allSatisfy({ $0.count == documents })
    else {
      throw AttributionBenchmarkFailure(
        .scoresUnfit, "\(file) holds no scores of \(queries) queries for \(documents) documents")
    }
    self = read
  }
}
