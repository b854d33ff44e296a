internal import AttributionRules
public import ClientAPI
internal import Cryptography
public import Ledger
public import Primitives

/// What a chain has of revealed contributions, from a node's API.
///
/// Priority is chain-wide, so a snapshot of some contributions takes all others that were committed
/// earlier: those of other Datanets, and those of its own that its version does not list, so that
/// leaving somebody out makes nobody else first.
public struct ContributionGathering: Sendable {
  public let ledger: any LedgerClient
  public let blobs: any BlobSource
  /// Bytes of contributions that are held at once; what comes after is not read.
  public let byteMaximum: Int

  public init(
    ledger: any LedgerClient, blobs: any BlobSource, byteMaximum: Int = 1 << 30
  ) {
    self.ledger = ledger
    self.blobs = blobs
    self.byteMaximum = byteMaximum
  }

  /// Why what a contribution holds is not in a snapshot; the raw values are stable.
  public enum UnreadReason: String, CaseIterable, Sendable {
    /// The node does not have it, or does not give it.
    case missing = "contribution_missing"
    /// It is not what was revealed.
    case wrong = "contribution_wrong"
    /// With it there would be more than is held at once.
    case tooMuch = "contribution_too_much"
  }

  /// A contribution that gives nobody priority, because it can't be read.
  public struct Unread: Hashable, Sendable {
    public let contribution: Identifier<Contribution>
    public let reason: UnreadReason
  }

  public struct Gathered: Sendable {
    public let snapshot: Snapshot
    /// In commit order; each has a digest on the ledger, and no text that could be had.
    public let unread: [Unread]
  }

  /// Makes the snapshot of some revealed contributions after all that was revealed on the chain.
  ///
  /// - Throws: ``DatanetFailure/Code/contributionUnread`` if one of these can't be read; `ClientFailure`
  ///   or `InferenceFailure` if the node can't be asked at all.
  /// - Complexity: reads every contribution on the ledger, fetches what those hold that were
  ///   committed before the last of these, and makes a ``Snapshot`` of all.
  public func snapshot(of contributions: [Identifier<Contribution>]) async throws -> Gathered {
    let wanted = Set(contributions)
    let revealed = try await revealed()
    guard let last = revealed.last(where: { wanted.contains($0.id) }),
      wanted.isSubset(of: revealed.map(\.id))
    else {
      throw DatanetFailure(
        code: .contributionUnread, message: "a contribution is not revealed on the ledger")
    }
    let candidates = revealed.filter { $0.priority <= last.priority }
    // What the snapshot is of comes first, so that others can't fill the memory before.
    let (own, others) = (
      try await read(candidates.filter { wanted.contains($0.id) }, holding: 0),
      candidates.filter { !wanted.contains($0.id) }
    )
    if let unread = own.unread.first {
      throw DatanetFailure(
        code: .contributionUnread,
        message: "\(unread.reason.rawValue): contribution \(unread.contribution); leave it out, or "
          + "ask a node that has what it holds")
    }
    let elsewhere = try await read(others, holding: own.bytes)
    return Gathered(
      snapshot: try Snapshot(own.committed, after: elsewhere.committed), unread: elsewhere.unread)
  }

  // MARK: - Parts

  /// A contribution that was revealed and is not erased.
  private struct Revealed: Sendable {
    let id: Identifier<Contribution>
    let contributor: Identifier<Account>
    let priority: Priority
    let content: ContributionContent
  }

  private struct Reading {
    var committed: [CommittedContribution] = []
    var unread: [Unread] = []
    var bytes: Int
  }

  /// In commit order.
  private func revealed() async throws(ClientFailure) -> [Revealed] {
    let records = try await ledger.records(
      in: .contributions, named: Identifier<Contribution>.self, as: ContributionRecord.self)
    return records.compactMap { id, record in
      guard let content = record.content, record.use < .erased else { return nil }
      return Revealed(
        id: id, contributor: record.contributor, priority: record.priority, content: content)
    }.sorted { $0.priority < $1.priority }
  }

  /// Requests at once: few enough that a node serves others meanwhile.
  private static let mostRequests = 4

  private func read(_ revealed: [Revealed], holding bytes: Int) async throws -> Reading {
    var reading = Reading(bytes: bytes)
    for first in stride(from: 0, to: revealed.count, by: Self.mostRequests) {
      let group = revealed[first..<min(first + Self.mostRequests, revealed.count)]
      for (one, blob) in zip(group, try await fetch(group.map(\.content.blob))) {
        switch opened(blob, as: one, room: byteMaximum - reading.bytes) {
        case .success(let committed):
          reading.bytes += blob?.count ?? 0
          reading.committed.append(committed)
        case .failure(let refused):
          reading.unread.append(Unread(contribution: one.id, reason: refused.reason))
        }
      }
    }
    return reading
  }

  private struct Refused: Error { let reason: UnreadReason }

  private func opened(
    _ blob: [UInt8]?, as revealed: Revealed, room: Int
  ) -> Result<CommittedContribution, Refused> {
    guard let blob else { return .failure(Refused(reason: .missing)) }
    guard blob.count <= room else { return .failure(Refused(reason: .tooMuch)) }
    guard SHA256.digest(of: blob) == revealed.content.blob,
      let bundle = try? ContributionBundle(blob: blob),
      bundle.recordsRoot == revealed.content.recordsRoot,
      bundle.records.count == Int(revealed.content.recordCount)
    else { return .failure(Refused(reason: .wrong)) }
    return .success(
      CommittedContribution(
        bundle: bundle,
        origin: RecordOrigin(contributor: revealed.contributor.digest, group: revealed.id.digest),
        height: revealed.priority.height, indexInBlock: revealed.priority.index))
  }

  /// In the order asked for; nil for what can't be had.
  private func fetch(_ digests: [Digest]) async throws -> [[UInt8]?] {
    try await withThrowingTaskGroup(of: (Int, [UInt8]?).self) { group in
      for (place, digest) in digests.enumerated() {
        group.addTask { (place, try await fetch(digest)) }
      }
      var fetched = [[UInt8]?](repeating: nil, count: digests.count)
      for try await (place, bytes) in group { fetched[place] = bytes }
      return fetched
    }
  }

  private func fetch(_ digest: Digest) async throws -> [UInt8]? {
    do {
      return try await blobs.blob(digest)
    } catch {
      try Task.checkCancellation()
      // Whoever publishes what no client takes, or a damaged file, must not stop every snapshot; a
      // node that is away does.
      _ = try await ledger.status()
      return nil
    }
  }
}
