internal import Synchronization

/// How long the parts of one block took.
public struct BlockTiming: Hashable, Sendable {
  public let transactionCount: Int
  /// Executing what was offered.
  public let preparing: Duration
  /// Putting the block that was agreed on on disk, synced.
  public let logging: Duration
  /// Putting state, tree, outcomes and header on disk, synced.
  public let committing: Duration

  /// From choosing the transactions to their being durable.
  public var whole: Duration { preparing + logging + committing }
}

/// The timings of the latest blocks; bounded.
final class BlockTimings: Sendable {
  static let maximum = 4096

  private let latest = Mutex<[BlockTiming]>([])

  func add(_ timing: BlockTiming) {
    latest.withLock { list in
      if list.count == Self.maximum { list.removeFirst(Self.maximum / 2) }
      list.append(timing)
    }
  }

  /// Returns the timings since the last call, the latest ``maximum`` at most.
  func take() -> [BlockTiming] {
    latest.withLock { list in
      defer { list = [] }
      return list
    }
  }
}
