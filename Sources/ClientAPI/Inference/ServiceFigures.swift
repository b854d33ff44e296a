/// What a server of models says of itself at a moment, for dashboards and for whoever must wait.
public struct ServiceFigures: Hashable, Sendable {
  /// Adapters by where their weights are.
  public struct Residency: Hashable, Sendable {
    /// Ready for the next step.
    public var loaded: Int
    /// Of those, how many an answer under way uses.
    public var inUse: Int
    /// On disk alone.
    public var onDisk: Int
    /// Bytes of those that are loaded.
    public var bytes: Int
    /// How often one was loaded, and given up for another, since the process began.
    public var loads: UInt64
    public var evictions: UInt64

    public init(
      loaded: Int = 0, inUse: Int = 0, onDisk: Int = 0, bytes: Int = 0, loads: UInt64 = 0,
      evictions: UInt64 = 0
    ) {
      self.loaded = loaded
      self.inUse = inUse
      self.onDisk = onDisk
      self.bytes = bytes
      self.loads = loads
      self.evictions = evictions
    }
  }

  /// Answers that get a token in every step, or whose prompts are read.
  public var running = 0
  /// Answers that wait for a place.
  public var waiting = 0
  /// Pages of keys and values: all of them, those that running answers hold, and those that are kept
  /// for what may come.
  public var pages = 0
  public var heldPages = 0
  public var keptPages = 0
  /// Tokens that remain to be read and written at the most.
  public var openTokens = 0
  /// What the engine computed of late, in tokens a second of its own time; 0 before its first step.
  public var tokensPerSecond = 0
  public var steps: UInt64 = 0
  /// Tokens of prompts that were let in, and those of them that were read before.
  public var promptTokens: UInt64 = 0
  public var knownPromptTokens: UInt64 = 0
  /// Answers that were given and are not settled, and those of them that are not attributed.
  public var unsettled = 0
  public var unattributed = 0
  /// Time spent on attributing answers since the process began.
  public var attributionMilliseconds: UInt64 = 0
  /// How often an answer could not be settled when it was tried.
  public var settlementTroubles: UInt64 = 0
  public var residency = Residency()

  public init() {}

  /// Seconds after which what is open now may be done: what a client that is refused should wait.
  public var waitSeconds: Int {
    guard tokensPerSecond > 0 else { return 1 }
    return min(max((openTokens + tokensPerSecond - 1) / tokensPerSecond, 1), 60)
  }
}

/// Whoever can say how a service is doing.
public protocol FiguredService: Sendable {
  func figures() async -> ServiceFigures
}
