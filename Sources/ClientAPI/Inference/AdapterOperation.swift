public import Ledger
public import Primitives

/// What an operator asks of a server that runs.
public struct AdapterLoadRequest: Hashable, Sendable {
  /// The adapter's name or identifier on the ledger.
  public var name: String
  /// A folder, an archive or a digest in the blob store, whose contents must be those that the ledger
  /// commits to; nil if the blob store has them.
  public var path: String?
  /// Whether one that is served is loaded again.
  public var replaces: Bool
  /// Whether it stays in memory, used or not.
  public var isPinned: Bool

  public init(
    name: String, path: String? = nil, replaces: Bool = false, isPinned: Bool = false
  ) {
    self.name = name
    self.path = path
    self.replaces = replaces
    self.isPinned = isPinned
  }
}

/// A server whose adapters an operator changes while it runs.
public protocol AdapterOperator: Sendable {
  /// Makes an adapter answer requests.
  /// - Throws: `adapterUnknown` if the ledger has none of that name, `adapterLoaded` if it is served,
  ///   `adapterMissing` if its files or its run's are not here, `adapterRefused` if they are not what
  ///   the ledger commits to or not what the engine runs, `unavailable`.
  func loadAdapter(_ request: AdapterLoadRequest) async throws(InferenceFailure)

  /// Takes an adapter out; answers under way end with it.
  /// - Throws: `adapterUnknown` if it is not served.
  func unloadAdapter(named name: String) async throws(InferenceFailure)

  /// What is in memory, and what that cost so far; nil for a server without a store.
  func adapterFigures() async -> AdapterStoreFigures?
}

/// What a server's store of adapters holds.
public struct AdapterStoreFigures: Hashable, Sendable {
  /// Where an adapter's weights are.
  public enum Tier: String, Sendable {
    /// In memory.
    case mapped
    /// On disk, in the form in which they are mapped.
    case registered
  }

  public struct Entry: Hashable, Sendable {
    /// Its content's.
    public var digest: Digest
    /// On the ledger.
    public var adapter: Identifier<Adapter>
    public var name: String
    public var tier: Tier
    public var isPinned: Bool
    /// Answers that use it or wait to.
    public var uses: Int
    /// What the system has of it in memory.
    public var residentBytes: Int
    /// What it took to map it the last time; nil if it never was.
    public var lastLoadMicroseconds: Int?

    public init(
      digest: Digest, adapter: Identifier<Adapter>, name: String, tier: Tier, isPinned: Bool,
      uses: Int, residentBytes: Int, lastLoadMicroseconds: Int?
    ) {
      self.digest = digest
      self.adapter = adapter
      self.name = name
      self.tier = tier
      self.isPinned = isPinned
      self.uses = uses
      self.residentBytes = residentBytes
      self.lastLoadMicroseconds = lastLoadMicroseconds
    }
  }

  public var entries: [Entry]
  /// How much may be mapped, and how much is, in bytes.
  public var budget: Int
  public var mappedBytes: Int
  /// How often, since the server's start, an adapter was mapped, asked for when it was or was not,
  /// given up for another, refused for want of room, and packed anew.
  public var loads: Int
  public var hits: Int
  public var misses: Int
  public var evictions: Int
  public var refusals: Int
  public var repairs: Int

  public init(
    entries: [Entry], budget: Int, mappedBytes: Int, loads: Int, hits: Int, misses: Int,
    evictions: Int, refusals: Int, repairs: Int
  ) {
    self.entries = entries
    self.budget = budget
    self.mappedBytes = mappedBytes
    self.loads = loads
    self.hits = hits
    self.misses = misses
    self.evictions = evictions
    self.refusals = refusals
    self.repairs = repairs
  }
}
