internal import CanonicalCoding
internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies a demand: takes the deposit; the agent loses part of its bond unless it serves in time.
  ///
  /// - Throws: `notFound`, `retired`, `runNotFound`, `oversightOver`, `runVoid`, `actionNotFound`,
  ///   `alreadyDemanded`, `holdsFull`; `account_insufficient_balance`.
  public mutating func apply(_ message: DemandAction, in context: BlockContext) throws(Rejection) {
    let name = message.action
    let run = try questionable(name.run, in: context)
    guard name.index < run.receipt.count else { throw .agent(.actionNotFound) }
    guard agentDemand(name) == nil else { throw .agent(.alreadyDemanded) }
    let parameters = context.parameters.agents
    try hold(name.run.agent)
    try move(
      parameters.demandDeposit, from: .account(context.signer), to: .agentDeposits,
      for: .agentDemandDeposit)
    let end = parameters.servingWindow.end(from: context)
    set(
      .agentDemand(name),
      to: AgentDemandRecord(
        account: context.signer, deposit: parameters.demandDeposit, ends: end))
    schedule(.endAgentDemand(name), at: end)
    emit(.actionDemanded, name.run.agent.digest, amount: parameters.demandDeposit)
  }

  /// Applies a serving, by anyone: the deposit goes to the agent's owner, for the trouble.
  ///
  /// - Throws: `demandNotFound`, `wrongAction`.
  public mutating func apply(_ message: ServeAction, in context: BlockContext) throws(Rejection) {
    let name = message.action
    guard let demand = agentDemand(name), let run = agentRun(name.run),
      let agent = agent(name.run.agent),
      !demand.ends.hasCome(at: context.time, height: context.height)
    else { throw .agent(.demandNotFound) }
    guard message.proof.leafIndex == UInt64(name.index),
      message.proof.leafCount == UInt64(run.receipt.count),
      message.proof.proves(message.content.canonicalBytes, under: run.receipt.actions)
    else { throw .agent(.wrongAction) }
    set(.agentDemand(name), to: nil)
    unschedule(.endAgentDemand(name), at: demand.ends)
    try move(
      demand.deposit, from: .agentDeposits, to: .account(agent.owner), for: .agentDemandFee)
    emit(.actionServed, name.run.agent.digest, amount: demand.deposit)
    try release(name.run.agent, at: context.time, height: context.height)
  }

  /// Ends a demand that was not served: voids the run, slashes the agent, returns the deposit.
  mutating func endDemand(
    _ name: AgentActionName, at time: BlockTime, height: Height
  ) throws(Rejection) {
    guard let demand = agentDemand(name), var run = agentRun(name.run), let parameters else {
      throw .agent(.demandNotFound)
    }
    set(.agentDemand(name), to: nil)
    try move(
      demand.deposit, from: .agentDeposits, to: .account(demand.account), for: .agentDemandReturn)
    // Whatever else was demanded of the same run: its agent is punished once.
    if !run.isVoid {
      run.isVoid = true
      set(.agentRun(name.run), to: run)
      try slash(
        name.run.agent, parameters.agents.withholdingSlash, for: demand.account, under: parameters)
    }
    emit(.actionWithheld, name.run.agent.digest)
    try release(name.run.agent, at: time, height: height)
  }

  /// Returns a recorded run that can be questioned now.
  func questionable(
    _ name: AgentRunName, in context: BlockContext
  ) throws(Rejection) -> AgentRunRecord {
    guard let agent = agent(name.agent) else { throw .agent(.notFound) }
    if agent.status == .retired { throw .agent(.retired) }
    guard let run = agentRun(name) else { throw .agent(.runNotFound) }
    guard !run.oversightEnds.hasCome(at: context.time, height: context.height) else {
      throw .agent(.oversightOver)
    }
    guard !run.isVoid else { throw .agent(.runVoid) }
    return run
  }

  /// Keeps an agent's bond where it is until ``release(_:at:height:)``.
  mutating func hold(_ id: Identifier<Agent>) throws(Rejection) {
    guard var agent = agent(id) else { throw .agent(.notFound) }
    guard agent.holds < AgentRecord.holdMaximum else { throw .agent(.holdsFull) }
    agent.holds += 1
    set(.agent(id), to: agent)
  }

  /// Lets go of one hold; the last one ends a retirement that only waited for it.
  mutating func release(
    _ id: Identifier<Agent>, at time: BlockTime, height: Height
  ) throws(Rejection) {
    guard var agent = agent(id) else { throw .agent(.notFound) }
    agent.holds -= 1
    set(.agent(id), to: agent)
    if case .retiring(let end) = agent.status, end.hasCome(at: time, height: height) {
      try finishRetirement(of: id)
    }
  }
}
