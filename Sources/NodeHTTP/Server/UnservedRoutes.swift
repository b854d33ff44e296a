internal import Networking

/// OpenAI's routes that clients know and a node does not have: they are refused in OpenAI's shape,
/// with a sentence that says what there is instead.
enum UnservedRoutes {
  private static let sentences: [(prefixes: [String], code: RefusalCode, sentence: String)] = [
    (
      ["/v1/files", "/v1/uploads", "/v1/fine_tuning/jobs", "/v1/fine_tuning"], .trainingNotServed,
      "a node takes no training files or jobs over HTTP: records are contributed to a datanet and "
        + "trained by a run that the ledger commits to; see docs/spec/datanets.md"
    )
  ]

  /// The refusal of a path that is one of these or lies below one; nil for any other.
  static func refusal(of path: String) -> Refusal? {
    for entry in sentences
    where entry.prefixes.contains(where: { path == $0 || path.hasPrefix("\($0)/") }) {
      return Refusal(entry.code, entry.sentence)
    }
    return nil
  }
}
