internal import Primitives

extension LedgerState {
  /// Applies a registration: takes the bond, and begins the first budget window.
  ///
  /// - Throws: `bondTooSmall`; `account_key_unusable`, `account_insufficient_balance`.
  public mutating func apply(
    _ message: RegisterAgent, in context: BlockContext
  ) throws(Rejection) {
    let parameters = context.parameters.agents
    try message.terms.key.checkUsable()
    guard message.bond >= parameters.minimumBond else { throw .agent(.bondTooSmall) }
    let id = context.newIdentifier(of: Agent.self)
    try move(
      message.bond, from: .account(context.signer), to: .agentBond(id), for: .agentBond)
    let agent = AgentRecord(
      owner: context.signer, name: message.name, terms: message.terms, version: 1, window: 1,
      lastRun: 0, holds: 0, status: .active)
    set(.agent(id), to: agent)
    set(.agentTerms(AgentVersionName(agent: id, version: 1)), to: message.terms)
    beginWindow(of: agent, id, in: context)
    emit(.agentRegistered, id.digest, amount: message.bond)
  }

  /// Applies new terms; those before stay known, for their key has signed receipts.
  ///
  /// - Throws: `notFound`, `notOwner`, `retired`, `versionsFull`; `account_key_unusable`.
  public mutating func apply(_ message: UpdateAgent, in context: BlockContext) throws(Rejection) {
    var agent = try living(message.agent)
    guard agent.owner == context.signer else { throw .agent(.notOwner) }
    guard agent.version < .max else { throw .agent(.versionsFull) }
    try message.terms.key.checkUsable()
    agent.version += 1
    agent.terms = message.terms
    set(.agent(message.agent), to: agent)
    set(
      .agentTerms(AgentVersionName(agent: message.agent, version: agent.version)),
      to: message.terms)
    emit(.agentUpdated, message.agent.digest)
  }

  /// Applies a funding: moves the signer's money into the agent's purse.
  ///
  /// - Throws: `notFound`, `retired`; `account_insufficient_balance`.
  public mutating func apply(_ message: FundAgent, in context: BlockContext) throws(Rejection) {
    _ = try living(message.agent)
    try move(
      message.amount, from: .account(context.signer), to: .agentPurse(message.agent),
      for: .agentFunding)
    emit(.agentFunded, message.agent.digest, amount: message.amount)
  }

  /// Applies a withdrawal: moves money from the purse to the owner.
  ///
  /// - Throws: `notFound`, `notOwner`; `account_insufficient_balance`.
  public mutating func apply(_ message: DefundAgent, in context: BlockContext) throws(Rejection) {
    guard let agent = agent(message.agent) else { throw .agent(.notFound) }
    guard agent.owner == context.signer else { throw .agent(.notOwner) }
    try move(
      message.amount, from: .agentPurse(message.agent), to: .account(agent.owner),
      for: .agentDefunding)
    emit(.agentDefunded, message.agent.digest, amount: message.amount)
  }

  /// Applies an addition to the bond, by anyone.
  ///
  /// - Throws: `notFound`, `retired`; `account_insufficient_balance`.
  public mutating func apply(_ message: BondAgent, in context: BlockContext) throws(Rejection) {
    _ = try living(message.agent)
    try move(
      message.amount, from: .account(context.signer), to: .agentBond(message.agent),
      for: .agentBond)
    emit(.agentBonded, message.agent.digest, amount: message.amount)
  }

  /// Applies a pause or its end.
  ///
  /// - Throws: `notFound`, `notOwner`, `retired`.
  public mutating func apply(_ message: PauseAgent, in context: BlockContext) throws(Rejection) {
    var agent = try living(message.agent)
    guard agent.owner == context.signer else { throw .agent(.notOwner) }
    agent.status = message.isPaused ? .paused : .active
    set(.agent(message.agent), to: agent)
    emit(message.isPaused ? .agentPaused : .agentResumed, message.agent.digest)
  }

  /// Applies a retirement: the agent stops acting, and ends when the window is over.
  ///
  /// - Throws: `notFound`, `notOwner`, `retired`.
  public mutating func apply(_ message: RetireAgent, in context: BlockContext) throws(Rejection) {
    var agent = try living(message.agent)
    guard agent.owner == context.signer else { throw .agent(.notOwner) }
    let end = context.parameters.agents.retirementWindow.end(from: context)
    agent.status = .retiring(end)
    set(.agent(message.agent), to: agent)
    schedule(.retireAgent(message.agent), at: end)
    emit(.agentRetiring, message.agent.digest)
  }

  /// Returns bond and purse of an agent whose retirement has come; waits while something holds it.
  ///
  /// Whatever lets go of the last hold calls this again.
  mutating func finishRetirement(of id: Identifier<Agent>) throws(Rejection) {
    guard var agent = agent(id) else { throw .agent(.notFound) }
    guard agent.holds == 0 else { return }
    let bond = balance(of: .agentBond(id))
    let purse = balance(of: .agentPurse(id))
    agent.status = .retired
    set(.agent(id), to: agent)
    try move(bond, from: .agentBond(id), to: .account(agent.owner), for: .agentBondReturn)
    try move(purse, from: .agentPurse(id), to: .account(agent.owner), for: .agentDefunding)
    emit(.agentRetired, id.digest, amount: bond)
  }

  /// Returns an agent that is neither retiring nor retired.
  func living(_ id: Identifier<Agent>) throws(Rejection) -> AgentRecord {
    guard let agent = agent(id) else { throw .agent(.notFound) }
    switch agent.status {
    case .active, .paused: return agent
    case .retiring, .retired: throw .agent(.retired)
    }
  }

  /// Opens the budget window that the agent's record names as its last.
  mutating func beginWindow(
    of agent: AgentRecord, _ id: Identifier<Agent>, in context: BlockContext
  ) {
    set(
      .agentWindow(AgentWindowName(agent: id, number: agent.window)),
      to: AgentWindowRecord(
        cap: agent.terms.cap, spent: .zero, stated: .zero,
        ends: context.parameters.agents.budgetWindow.end(from: context)))
  }
}
