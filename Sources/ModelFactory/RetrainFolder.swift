internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import LanguageModels
public import Primitives
public import Storage

/// Retrainings that are done, on disk: whatever ends a process costs at most the one under way.
///
/// Each result is named by the digest of its job and of the base model, and begins with the digest
/// of its bytes: one of other records, or a damaged one, is not found and made again. The folder may
/// be removed at any time.
public struct RetrainFolder: Sendable {
  /// The most jobs in a list for a worker process.
  private static let mostJobs = RunCard.mostRetrainings
  private static let list = "jobs"

  private let folder: DocumentFolder
  private let baseWeights: Digest

  /// - Parameter baseWeights: SHA-256 of the base model's file.
  /// - Throws: `StorageFailure`.
  public init(at path: String, baseWeights: Digest) throws(StorageFailure) {
    folder = try DocumentFolder(at: path)
    self.baseWeights = baseWeights
  }

  /// What a retraining led to; nil if it has to be done.
  /// - Throws: `StorageFailure` unless it is missing or damaged.
  public func losses(of job: RetrainJob) throws(StorageFailure) -> HeldOutLosses? {
    guard let bytes = try folder.bytes(of: name(of: job)), bytes.count >= Digest.byteCount else {
      return nil
    }
    let content = Array(bytes.dropFirst(Digest.byteCount))
    guard SHA256.digest(of: content).bytes == Array(bytes.prefix(Digest.byteCount)),
      let losses = try? HeldOutLosses(canonicalBytes: content),
      losses.microNats.count == job.heldOut.count
    else { return nil }
    return losses
  }

  /// Keeps a result, on disk before returning.
  public func keep(_ losses: HeldOutLosses, of job: RetrainJob) throws(StorageFailure) {
    let content = losses.canonicalBytes
    try folder.put(SHA256.digest(of: content).bytes + content, as: name(of: job))
  }

  /// Does what is missing, one retraining after another.
  /// - Parameter told: after each, how many are done.
  /// - Throws: `ModelFailure`; `StorageFailure`; `CancellationError`.
  public func complete(
    _ jobs: [RetrainJob], engine: LanguageEngine, told: (Int) -> Void = { _ in }
  ) async throws {
    for (done, job) in jobs.enumerated() {
      if try losses(of: job) == nil { try keep(try await job.run(engine: engine), of: job) }
      told(done + 1)
    }
  }

  // MARK: - For a worker process

  /// Leaves jobs for a process that has only the folder.
  public func leave(_ jobs: [RetrainJob]) throws(StorageFailure) {
    var encoder = CanonicalEncoder()
    encoder.encode(list: jobs)
    try folder.put(encoder.bytes, as: Self.list)
  }

  /// The jobs that were left; nil if there are none, or they can't be read.
  public func jobsLeft() throws(StorageFailure) -> [RetrainJob]? {
    guard let bytes = try folder.bytes(of: Self.list) else { return nil }
    var decoder = CanonicalDecoder(bytes)
    guard let jobs: [RetrainJob] = try? decoder.list(atMost: Self.mostJobs), decoder.isAtEnd else {
      return nil
    }
    return jobs
  }

  private func name(of job: RetrainJob) -> String {
    SHA256.digest(of: baseWeights.bytes + job.canonicalBytes).description
  }
}
