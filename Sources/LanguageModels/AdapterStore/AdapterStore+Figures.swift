public import Primitives
internal import Synchronization

extension AdapterStore {
  /// Since the store was opened.
  public struct Totals: Hashable, Sendable {
    /// How often an adapter was mapped.
    public var loads = 0
    /// Uses of an adapter that was mapped.
    public var hits = 0
    /// Uses of one that was not.
    public var misses = 0
    public var evictions = 0
    /// Uses that all other adapters' use left no room for.
    public var refusals = 0
    /// Packed files that were missing or damaged and made again.
    public var repairs = 0

    public init() {}
  }

  /// What is known of one adapter.
  public struct Residency: Hashable, Sendable {
    public let name: Digest
    /// Of its packed file, in bytes.
    public let size: Int
    public let isMapped: Bool
    public let isPinned: Bool
    /// Answers that use it or wait to.
    public let leases: Int
    /// Bytes of it in memory, as the system counts them; nil unless it was asked for.
    public let residentBytes: Int?
    /// Of the last time it was mapped.
    public let lastLoad: Duration?
  }

  /// - Parameter asksSystem: whether to look up what is in memory: some microseconds each.
  /// - Returns: what is registered, by rising name.
  public func residency(asksSystem: Bool = false) -> [Residency] {
    let entries = state.withLock { $0.entries }
    return entries.sorted { $0.key < $1.key }.map { name, entry in
      Residency(
        name: name, size: entry.size, isMapped: entry.mapping != nil, isPinned: entry.isPinned,
        leases: entry.leases,
        residentBytes: asksSystem ? entry.mapping?.file.residentBytes ?? 0 : nil,
        lastLoad: entry.lastLoad)
    }
  }

  public var totals: Totals { state.withLock { $0.totals } }

  /// Bytes of what is mapped or being mapped.
  public var mappedBytes: Int { state.withLock { $0.used } }
}
