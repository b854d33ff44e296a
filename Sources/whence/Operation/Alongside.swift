/// Runs a service while `body` runs; the first of them to fail ends both.
func alongside<Result: Sendable>(
  _ service: @escaping @Sendable () async throws -> Void,
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask {
      try await service()
      return nil
    }
    group.addTask { try await body() }
    defer { group.cancelAll() }
    while let finished = try await group.next() {
      if let finished { return finished }
    }
    throw CommandFailure(.workUnfinished, "a service stopped before its work was done")
  }
}
