internal import Cryptography
internal import Primitives

extension LedgerState {
  /// Applies an act of an agent's key: spends from the purse, within the window's cap.
  ///
  /// - Throws: `notFound`, `notAgentKey`, `notActive`, `bondTooSmall`, `overBudget`,
  ///   `notAgentChannel`; `channel_not_found`, `channel_not_open`; `account_insufficient_balance`.
  public mutating func apply(_ message: ActAsAgent, in context: BlockContext) throws(Rejection) {
    let id = message.agent
    let agent = try acting(id, in: context)
    guard Identifier(agent.terms.key) == context.signer else { throw .agent(.notAgentKey) }
    switch message.act {
    case .openChannel(let open):
      try spend(open.deposit, from: id, agent, in: context)
      let channel = context.newIdentifier(of: Channel.self)
      try openChannel(
        channel, open, payer: agent.owner, depositFrom: .agentPurse(id))
      set(.agentChannel(channel), to: id)
    case .topUpChannel(let topUp):
      guard let channel = channel(topUp.channel) else { throw .channel(.notFound) }
      guard self.agent(behind: topUp.channel) == id else { throw .agent(.notAgentChannel) }
      guard channel.status == .open else { throw .channel(.notOpen) }
      try spend(topUp.amount, from: id, agent, in: context)
      try move(
        topUp.amount, from: .agentPurse(id), to: .channelEscrow(topUp.channel),
        for: .channelDeposit)
      emit(.channelToppedUp, topUp.channel.digest, amount: topUp.amount)
    case .pay(let transfer):
      try spend(transfer.amount, from: id, agent, in: context)
      noteFunder(of: transfer.to, by: agent.owner, amount: transfer.amount)
      try move(
        transfer.amount, from: .agentPurse(id), to: .account(transfer.to), for: .agentPayment)
      emit(.agentPaid, transfer.to.digest, amount: transfer.amount)
    }
  }

  /// Applies the record of a run: from now on its actions can be demanded.
  ///
  /// - Throws: `notFound`, `notOwner`, `notActive`, `bondTooSmall`, `wrongChain`,
  ///   `versionNotFound`, `wrongWindow`, `badSignature`, `runUsed`, `noActions`, `overBudget`.
  public mutating func apply(_ message: RecordActions, in context: BlockContext) throws(Rejection) {
    let receipt = message.receipt.receipt
    let id = receipt.agent
    var agent = try acting(id, in: context)
    guard agent.owner == context.signer || Identifier(agent.terms.key) == context.signer
    else { throw .agent(.notOwner) }
    try checkSignature(of: message.receipt, in: context)
    guard receipt.run > agent.lastRun else { throw .agent(.runUsed) }
    guard receipt.count > 0 else { throw .agent(.noActions) }
    guard receipt.window == agent.window || receipt.window == agent.window - 1,
      var window = agentWindow(receipt.window, of: id)
    else { throw .agent(.wrongWindow) }
    guard let stated = try? window.stated.adding(receipt.spent), stated <= window.cap else {
      throw .agent(.overBudget)
    }

    window.stated = stated
    agent.lastRun = receipt.run
    set(.agentWindow(AgentWindowName(agent: id, number: receipt.window)), to: window)
    set(.agent(id), to: agent)
    set(
      .agentRun(AgentRunName(agent: id, run: receipt.run)),
      to: AgentRunRecord(
        receipt: receipt,
        oversightEnds: context.parameters.agents.oversightWindow.end(from: context), isVoid: false))
    emit(.actionsRecorded, id.digest, amount: receipt.spent)
  }

  /// Returns an agent that may act, in the budget window of now.
  private mutating func acting(
    _ id: Identifier<Agent>, in context: BlockContext
  ) throws(Rejection) -> AgentRecord {
    guard var agent = agent(id) else { throw .agent(.notFound) }
    guard agent.status == .active else { throw .agent(.notActive) }
    guard balance(of: .agentBond(id)) >= context.parameters.agents.minimumBond else {
      throw .agent(.bondTooSmall)
    }
    let ends = agentWindow(agent.window, of: id)?.ends
    if let ends, ends.hasCome(at: context.time, height: context.height) {
      agent.window += 1
      set(.agent(id), to: agent)
      beginWindow(of: agent, id, in: context)
    }
    return agent
  }

  /// Counts an amount against the cap of the window of now.
  private mutating func spend(
    _ amount: Amount, from id: Identifier<Agent>, _ agent: AgentRecord, in context: BlockContext
  ) throws(Rejection) {
    guard var window = agentWindow(agent.window, of: id),
      let spent = try? window.spent.adding(amount), spent <= window.cap
    else { throw .agent(.overBudget) }
    window.spent = spent
    set(.agentWindow(AgentWindowName(agent: id, number: agent.window)), to: window)
  }

  /// Checks that an agent said this, on this chain.
  func checkSignature(
    of signed: SignedActionReceipt, in context: BlockContext
  ) throws(Rejection) {
    let receipt = signed.receipt
    guard receipt.chain == context.chain else { throw .agent(.wrongChain) }
    guard let key = agentTerms(receipt.version, of: receipt.agent)?.key else {
      throw .agent(.versionNotFound)
    }
    guard key.verifies(signed.signature, over: receipt.signedDigest.bytes) else {
      throw .agent(.badSignature)
    }
  }
}
