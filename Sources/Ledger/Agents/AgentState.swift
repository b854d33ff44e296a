public import CanonicalCoding
public import Primitives

/// The subject of agent identifiers: a program that acts for its owner within a budget.
public enum Agent: CreatedSubject { public static let domain = "whence/agent" }

/// Whether an agent may act.
public enum AgentStatus: Hashable, Sendable {
  case active
  case paused
  /// Ends by itself once both parts of the deadline have passed and nothing holds the bond.
  case retiring(Deadline)
  case retired
}

extension AgentStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .active: encoder.encode(tag: 1)
    case .paused: encoder.encode(tag: 2)
    case .retiring(let deadline):
      encoder.encode(tag: 3)
      encoder.encode(deadline)
    case .retired: encoder.encode(tag: 4)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .active
    case 2: self = .paused
    case 3: self = .retiring(try decoder.decode())
    case 4: self = .retired
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// An agent; its money is the balances of ``Holder/agentPurse(_:)`` and ``Holder/agentBond(_:)``.
public struct AgentRecord: Hashable, CanonicalCodable {
  /// The most demands and disputes that hold a bond at once.
  static let holdMaximum: UInt32 = 64

  public var owner: Identifier<Account>
  public var name: String
  public var terms: AgentTerms
  /// Of the terms in force; from 1.
  public var version: UInt32
  /// The number of the last budget window; from 1.
  public var window: UInt64
  /// The highest run recorded; 0 before the first.
  public var lastRun: UInt64
  /// Open demands and disputes: the bond does not return before each is decided.
  public var holds: UInt32
  public var status: AgentStatus

  public init(
    owner: Identifier<Account>, name: String, terms: AgentTerms, version: UInt32, window: UInt64,
    lastRun: UInt64, holds: UInt32, status: AgentStatus
  ) {
    self.owner = owner
    self.name = name
    self.terms = terms
    self.version = version
    self.window = window
    self.lastRun = lastRun
    self.holds = holds
    self.status = status
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(owner)
    encoder.encode(text: name)
    encoder.encode(terms)
    encoder.encode(version)
    encoder.encode(window)
    encoder.encode(lastRun)
    encoder.encode(holds)
    encoder.encode(status)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    owner = try decoder.decode()
    name = try decoder.text(atMost: RegisterAgent.nameMaximum)
    terms = try decoder.decode()
    version = try decoder.decode()
    window = try decoder.decode()
    lastRun = try decoder.decode()
    holds = try decoder.decode()
    status = try decoder.decode()
  }
}

/// A budget window: it begins with the first act after the one before has ended.
public struct AgentWindowRecord: Hashable, CanonicalCodable {
  public var cap: Amount
  /// What left the purse.
  public var spent: Amount
  /// What recorded receipts say was spent.
  public var stated: Amount
  public var ends: Deadline

  public init(cap: Amount, spent: Amount, stated: Amount, ends: Deadline) {
    self.cap = cap
    self.spent = spent
    self.stated = stated
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(cap)
    encoder.encode(spent)
    encoder.encode(stated)
    encoder.encode(ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    cap = try decoder.decode()
    spent = try decoder.decode()
    stated = try decoder.decode()
    ends = try decoder.decode()
  }
}

/// A recorded run of an agent.
public struct AgentRunRecord: Hashable, CanonicalCodable {
  public var receipt: ActionReceipt
  /// Until then its actions can be demanded, and disputes opened.
  public var oversightEnds: Deadline
  /// Whether an action that was demanded was not served, or a dispute was lost.
  public var isVoid: Bool

  public init(receipt: ActionReceipt, oversightEnds: Deadline, isVoid: Bool) {
    self.receipt = receipt
    self.oversightEnds = oversightEnds
    self.isVoid = isVoid
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(receipt)
    encoder.encode(oversightEnds)
    encoder.encode(isVoid)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipt = try decoder.decode()
    oversightEnds = try decoder.decode()
    isVoid = try decoder.decode()
  }
}

/// A demand that nobody has answered yet.
public struct AgentDemandRecord: Hashable, CanonicalCodable {
  public var account: Identifier<Account>
  public var deposit: Amount
  public var ends: Deadline

  public init(account: Identifier<Account>, deposit: Amount, ends: Deadline) {
    self.account = account
    self.deposit = deposit
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(account)
    encoder.encode(deposit)
    encoder.encode(ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    account = try decoder.decode()
    deposit = try decoder.decode()
    ends = try decoder.decode()
  }
}

extension StateReader {
  public func agent(_ id: Identifier<Agent>) -> AgentRecord? { record(.agent(id)) }

  /// The terms that an agent declared as its `version`-th.
  public func agentTerms(_ version: UInt32, of id: Identifier<Agent>) -> AgentTerms? {
    record(.agentTerms(AgentVersionName(agent: id, version: version)))
  }

  public func agentWindow(_ number: UInt64, of id: Identifier<Agent>) -> AgentWindowRecord? {
    record(.agentWindow(AgentWindowName(agent: id, number: number)))
  }

  public func agentRun(_ name: AgentRunName) -> AgentRunRecord? { record(.agentRun(name)) }

  public func agentDemand(_ name: AgentActionName) -> AgentDemandRecord? {
    record(.agentDemand(name))
  }

  /// The agent whose purse opened a channel; nil if an account did.
  public func agent(behind channel: Identifier<Channel>) -> Identifier<Agent>? {
    record(.agentChannel(channel))
  }
}

extension StateKey {
  public static func agent(_ id: Identifier<Agent>) -> StateKey<AgentRecord> { .init(.agents, id) }

  public static func agentTerms(_ name: AgentVersionName) -> StateKey<AgentTerms> {
    .init(.agentTerms, name)
  }

  public static func agentWindow(_ name: AgentWindowName) -> StateKey<AgentWindowRecord> {
    .init(.agentWindows, name)
  }

  public static func agentRun(_ name: AgentRunName) -> StateKey<AgentRunRecord> {
    .init(.agentRuns, name)
  }

  public static func agentDemand(_ name: AgentActionName) -> StateKey<AgentDemandRecord> {
    .init(.agentDemands, name)
  }

  public static func agentOffence(_ offence: AgentOffence) -> StateKey<Bool> {
    .init(.agentOffences, offence)
  }

  public static func agentChannel(_ id: Identifier<Channel>) -> StateKey<Identifier<Agent>> {
    .init(.agentChannels, id)
  }
}
