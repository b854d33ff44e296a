internal import Primitives

extension LedgerState {
  /// Applies the proof that an agent signed two different receipts for one run.
  ///
  /// - Throws: `noContradiction`, `notFound`, `retired`, `wrongChain`, `versionNotFound`,
  ///   `badSignature`, `alreadyPunished`.
  public mutating func apply(
    _ message: ReportContradiction, in context: BlockContext
  ) throws(Rejection) {
    let receipt = message.one.receipt
    let other = message.other.receipt
    guard receipt.agent == other.agent, receipt.run == other.run, receipt != other else {
      throw .agent(.noContradiction)
    }
    try checkPunishable(receipt.agent)
    try checkSignature(of: message.one, in: context)
    try checkSignature(of: message.other, in: context)
    let name = AgentRunName(agent: receipt.agent, run: receipt.run)
    try punish(
      .contradiction(name), of: receipt.agent, context.parameters.agents.contradictionSlash,
      in: context)
  }

  /// Applies the proof that an agent signed for more than its cap in one window.
  ///
  /// - Throws: `noOverspending`, `notFound`, `retired`, `wrongWindow`, `wrongChain`,
  ///   `versionNotFound`, `badSignature`, `alreadyPunished`.
  public mutating func apply(
    _ message: ReportOverspending, in context: BlockContext
  ) throws(Rejection) {
    let receipts = message.receipts.map(\.receipt)
    guard let first = receipts.first, receipts.isStrictlySorted(by: { $0.run }),
      receipts.allSatisfy({ $0.agent == first.agent && $0.window == first.window })
    else { throw .agent(.noOverspending) }
    try checkPunishable(first.agent)
    guard let window = agentWindow(first.window, of: first.agent) else {
      throw .agent(.wrongWindow)
    }
    var sum = Amount.zero
    for receipt in receipts {
      // A sum past all amounts is past the cap.
      sum = (try? sum.adding(receipt.spent)) ?? Amount(baseUnits: .max)
    }
    guard sum > window.cap else { throw .agent(.noOverspending) }
    for receipt in message.receipts { try checkSignature(of: receipt, in: context) }
    try punish(
      .overspending(AgentWindowName(agent: first.agent, number: first.window)), of: first.agent,
      context.parameters.agents.overspendingSlash, in: context)
  }

  private func checkPunishable(_ id: Identifier<Agent>) throws(Rejection) {
    guard let agent = agent(id) else { throw .agent(.notFound) }
    guard agent.status != .retired else { throw .agent(.retired) }
  }

  private mutating func punish(
    _ offence: AgentOffence, of id: Identifier<Agent>, _ share: Share, in context: BlockContext
  ) throws(Rejection) {
    guard record(.agentOffence(offence)) == nil else { throw .agent(.alreadyPunished) }
    set(.agentOffence(offence), to: true)
    try slash(id, share, for: context.signer, under: context.parameters)
  }

  /// Takes a share of an agent's bond, rounded down: the reporter gets its part of it, rounded down,
  /// and the treasury the rest.
  mutating func slash(
    _ id: Identifier<Agent>, _ share: Share, for reporter: Identifier<Account>,
    under parameters: LedgerParameters
  ) throws(Rejection) {
    let taken = balance(of: .agentBond(id)).part(share)
    let reward = taken.part(parameters.agents.reporterShare)
    try move(reward, from: .agentBond(id), to: .account(reporter), for: .agentReward)
    try move(taken.minus(reward), from: .agentBond(id), to: .treasury, for: .agentSlash)
    emit(.agentSlashed, id.digest, amount: taken)
  }
}
