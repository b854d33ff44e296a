internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let agentDeeds: [Deed] = [
    Deed(4) { $0.registerAgent() },
    Deed(3) { $0.updateAgent() },
    Deed(8) { $0.fundAgent() },
    Deed(4) { $0.defundAgent() },
    Deed(5) { $0.bondAgent() },
    Deed(6) { $0.pauseAgent() },
    Deed(1) { $0.retireAgent() },
    Deed(20) { $0.actAsAgent() },
    Deed(14) { $0.recordActions() },
  ]
}

// MARK: - An agent's life
extension World {
  /// Accounts whose first keys agents act by.
  private mutating func robot() -> Actor { actors[36 + below(6)] }

  mutating func robot(of terms: AgentTerms) -> Actor? {
    place(of: Identifier(terms.key)).map { actors[$0] }
  }

  mutating func agent(
    where fits: (AgentRecord) -> Bool
  ) -> (id: Identifier<Agent>, record: AgentRecord)? {
    let state = state
    guard let id = pick(agents, where: { state.agent($0).map(fits) ?? false }),
      let record = state.agent(id)
    else { return nil }
    return (id, record)
  }

  private mutating func livingAgent() -> (id: Identifier<Agent>, record: AgentRecord)? {
    agent { $0.status == .active || $0.status == .paused }
  }

  private mutating func terms() -> AgentTerms {
    AgentTerms(
      manifest: digest(), key: robot().firstKey.publicKey, price: amount(0, 10),
      cap: Amount(thousandths: 1_000 + random.next(below: 50_000)))
  }

  fileprivate mutating func registerAgent() -> Intent? {
    guard mayMake(.registerAgent, every: 300) else { return nil }
    let message = RegisterAgent(
      name: "agent", terms: terms(), bond: amount(isCareless ? 0 : 4_000, 20_000))
    return Intent(anyone(), .registerAgent(message))
  }

  fileprivate mutating func updateAgent() -> Intent? {
    guard mayMake(.updateAgent, every: 60), let (id, agent) = livingAgent() else { return nil }
    return Intent(signer(agent.owner), .updateAgent(UpdateAgent(agent: id, terms: terms())))
  }

  fileprivate mutating func fundAgent() -> Intent? {
    guard let (id, _) = livingAgent() else { return nil }
    return Intent(anyone(), .fundAgent(FundAgent(agent: name(id), amount: amount(0, 60_000))))
  }

  fileprivate mutating func defundAgent() -> Intent? {
    guard let (id, agent) = livingAgent() else { return nil }
    let purse = state.balance(of: .agentPurse(id))
    return Intent(
      signer(agent.owner), .defundAgent(DefundAgent(agent: name(id), amount: part(of: purse))))
  }

  fileprivate mutating func bondAgent() -> Intent? {
    guard let (id, _) = livingAgent() else { return nil }
    guard isCareless || state.balance(of: .agentBond(id)) < Amount(thousandths: 20_000) else {
      return nil
    }
    return Intent(anyone(), .bondAgent(BondAgent(agent: id, amount: amount(0, 10_000))))
  }

  fileprivate mutating func pauseAgent() -> Intent? {
    guard let (id, agent) = livingAgent() else { return nil }
    // Most of the time agents work.
    let isPaused = agent.status == .active
    guard !isPaused || chance(1, in: 4) || isCareless else { return nil }
    return Intent(signer(agent.owner), .pauseAgent(PauseAgent(agent: id, isPaused: isPaused)))
  }

  fileprivate mutating func retireAgent() -> Intent? {
    guard let (id, agent) = livingAgent(), chance(1, in: 6) || isCareless else { return nil }
    return Intent(signer(agent.owner), .retireAgent(RetireAgent(agent: id)))
  }
}

// MARK: - What agents do
extension World {
  private mutating func activeAgent() -> (id: Identifier<Agent>, record: AgentRecord)? {
    agent { $0.status == .active }
  }

  fileprivate mutating func actAsAgent() -> Intent? {
    guard mayMake(.actAsAgent, every: 16), let (id, agent) = activeAgent(),
      let robot = robot(of: agent.terms)
    else { return nil }
    let purse = state.balance(of: .agentPurse(id))
    let spent = part(of: min(purse, Amount(thousandths: 10_000)))
    var secret: Secret?
    let act: AgentAct
    switch below(3) {
    case 0 where isCareless || mayMake(.openChannel, every: 70):
      var (open, key) = channelTerms()
      open.deposit = spent
      (act, secret) = (.openChannel(open), key)
    case 1:
      let state = state
      let own = channels.filter { state.agent(behind: $0.id) == id }
      guard let channel = pick(isCareless ? channels : own) else { return nil }
      act = .topUpChannel(TopUpChannel(channel: name(channel.id), amount: spent))
    default: act = .pay(Transfer(to: anyone(), amount: spent, memo: ""))
    }
    return Intent(signer(robot.account), .actAsAgent(ActAsAgent(agent: id, act: act)), secret)
  }

  fileprivate mutating func recordActions() -> Intent? {
    guard mayMake(.recordActions, every: 25), let (id, agent) = activeAgent(),
      let robot = robot(of: agent.terms)
    else { return nil }
    let contents = (0..<(1 + below(4))).map { _ in
      ActionRecord(
        tool: "tool", input: digest(), output: digest(), receipt: chance(1, in: 2) ? digest() : nil,
        spent: Amount(thousandths: random.next(below: 600)))
    }
    var receipt = ActionReceipt(
      chain: chain.id, agent: name(id), version: agent.version,
      run: agent.lastRun + 1 + random.next(below: 2), window: agent.window,
      actions: MerkleTree(leaves: contents.map(\.canonicalBytes)).root,
      count: UInt32(contents.count), spent: contents.reduce(.zero) { $0.plus($1.spent) })
    var key = robot.firstKey
    if isCareless {
      switch below(8) {
      case 0: receipt.chain = Identifier(digest())
      case 1: receipt.version += 1
      case 2: receipt.run = agent.lastRun
      case 3: receipt.window = chance(1, in: 2) ? .max : receipt.window + 1
      case 4: receipt.count = 0
      case 5: receipt.spent = Amount(thousandths: 1_000_000)
      case 6: key = self.key()
      default: break
      }
    }
    let known = KnownActions(receipt: receipt.signed(by: key), contents: contents)
    return Intent(
      signer(chance(1, in: 2) ? agent.owner : robot.account),
      .recordActions(RecordActions(receipt: known.receipt)), .actions(known))
  }
}
