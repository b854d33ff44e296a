internal import ClientAPI
internal import Networking

/// Routes that OpenAI's and Anthropic's clients know and a node does not have: they are refused in the
/// shape that those clients read, with a sentence that says what there is instead.
enum UnservedRoutes {
  private static let sentences: [(prefixes: [String], code: RefusalCode, sentence: String)] = [
    (
      ["/v1/files", "/v1/uploads", "/v1/fine_tuning/jobs", "/v1/fine_tuning"], .trainingNotServed,
      "a node takes no training files or jobs over HTTP: records are contributed to a datanet and "
        + "trained by a run that the ledger commits to; see docs/spec/datanets.md"
    ),
    (
      [
        "chat", "completions", "responses", "messages", "embeddings", "models", "images", "audio",
        "videos", "moderations", "batches", "assistants", "threads", "vector_stores",
        "conversations",
        "containers", "evals", "realtime",
      ].map { "/v1/\($0)" }, .routeNotFound,
      "of this API a node has POST \(ChatDialect.allCases.map(\.path).joined(separator: ", ")), "
        + "\(ChatDialect.messageCountPath), /v1/embeddings and GET /v1/models"
    ),
  ]

  /// The refusal of a path that is one of these or lies below one; nil for any other.
  static func refusal(of path: String) -> Refusal? {
    for entry in sentences
    where entry.prefixes.contains(where: { path == $0 || path.hasPrefix("\($0)/") }) {
      return Refusal(entry.code, entry.sentence)
    }
    return nil
  }

  /// Whose clients ask for such a path.
  static func style(of path: String) -> Refusal.Style {
    path.hasPrefix("\(ChatDialect.message.path)/") ? .anthropic : .openAI
  }
}
