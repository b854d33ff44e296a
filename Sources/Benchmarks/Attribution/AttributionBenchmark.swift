/// How well attribution predicts what retraining does.
public struct AttributionBenchmark: Sendable {
  /// Makes what the task's folder lacks: documents, base model, adapter, retrainings.
  ///
  /// Each retraining takes seconds of processor time; what is cut off goes on in the next call.
  /// - Parameter most: the most trainings to run in this call.
  public static func complete(
    folder: String, dependencies: String, most: Int = .max, progress: (String) -> Void
  ) async throws {
    try await TaskFolder(path: folder).complete(
      dependencies: dependencies, most: most, progress: progress)
  }
}
