internal import ClientAPI
internal import LanguageModels

extension InferenceServer {
  /// What a server has still to do.
  public struct Work: Equatable, Sendable {
    /// Answers being made.
    public let answering: Int
    /// Answers given and not settled; they are on disk.
    public let unsettled: Int
  }

  public var work: Work { Work(answering: answering, unsettled: waiting.count) }

  /// From now on takes no requests; answers under way go on, and what is given is settled.
  public func drain() { isDraining = true }

  /// Changes how many answers may be open; those that are stay so.
  public func setOpenMaximum(_ count: Int) {
    precondition(count > 0, "a server takes answers")
    openMaximum = count
  }

  /// - Throws: `unavailable` once the server is to end.
  func checkNotDraining() throws(InferenceFailure) {
    guard !isDraining else {
      throw InferenceFailure(
        .unavailable, "this server ends, and takes no more requests; ask again in a second")
    }
  }

  /// Ends answers under way where they are: a stream closes as at its limit and is paid for what it was
  /// sent, and what was to come whole is refused and costs nothing.
  ///
  /// Waits until what they were given is on disk, no later than a deadline.
  /// - Returns: what is left.
  public func cutOff(by deadline: ContinuousClock.Instant) async throws -> Work {
    isCutOff = true
    for work in underway.values { work.cancel() }
    while answering > 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    return work
  }

  /// Does an engine's work on an answer, until ``cutOff(by:)`` ends it.
  func untilCutOff(
    _ body: @escaping @Sendable () async throws -> Generation
  ) async throws -> Generation {
    if isCutOff { throw CancellationError() }
    lastUnderway += 1
    let number = lastUnderway
    let work = Task { try await body() }
    underway[number] = work
    defer { underway[number] = nil }
    return try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      work.cancel()
    }
  }

  /// Waits until nothing is being answered, and then until all is settled, each no later than a
  /// deadline.
  ///
  /// - Returns: what is left; what is not settled is settled by the next process.
  /// - Precondition: ``drain()`` was called, and ``run()`` is at work.
  public func drained(by deadline: ContinuousClock.Instant) async throws -> Work {
    while answering > 0 || !waiting.isEmpty, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    return work
  }
}
