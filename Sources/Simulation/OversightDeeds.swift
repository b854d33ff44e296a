internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let oversightDeeds: [Deed] = [
    Deed(10) { $0.demandAction() },
    Deed(12) { $0.serveAction() },
    Deed(2) { $0.reportContradiction() },
    Deed(2) { $0.reportOverspending() },
  ]
}

extension World {
  fileprivate mutating func demandAction() -> Intent? {
    let (state, time, height) = (state, now, Height(chain.height + 1))
    let isOpen: (KnownActions) -> Bool = { known in
      guard let run = state.agentRun(known.name), !run.isVoid else { return false }
      return !run.oversightEnds.hasCome(at: time, height: height)
    }
    guard mayMake(.demandAction, every: 20), let known = pick(actions, where: isOpen) else {
      return nil
    }
    let index = UInt32(below(known.contents.count + (isCareless ? 1 : 0)))
    var run = known.name
    if isCareless, chance(1, in: 6) { run.run += 1 }
    return Intent(
      anyone(), .demandAction(DemandAction(action: AgentActionName(run: run, index: index))))
  }

  fileprivate mutating func serveAction() -> Intent? {
    let state = state
    guard let action = pick(actionDemands, where: { state.agentDemand($0) != nil }),
      let known = actions.first(where: { $0.name == action.run })
    else { return nil }
    // One in three is never served: the run's name decides.
    guard known.receipt.receipt.actions.bytes[0] % 3 > 0 || isCareless else { return nil }
    let index = isCareless ? below(known.contents.count) : Int(action.index)
    guard known.contents.indices.contains(index) else { return nil }
    let message = ServeAction(
      action: action, content: known.contents[index], proof: known.tree.proof(ofLeaf: index))
    return Intent(anyone(), .serveAction(message))
  }

  /// Two receipts of one run that say different things, signed by the agent's key.
  fileprivate mutating func reportContradiction() -> Intent? {
    let state = state
    guard mayMake(.reportContradiction, every: 300),
      let known = pick(actions, where: { state.agent($0.name.agent)?.status != .retired })
    else { return nil }
    var other = known.receipt.receipt
    if !(isCareless && chance(1, in: 2)) { other.spent = other.spent.plus(Amount(baseUnits: 1)) }
    guard let terms = state.agentTerms(other.version, of: other.agent),
      let robot = robot(of: terms)
    else { return nil }
    let message = ReportContradiction(
      one: known.receipt, other: other.signed(by: isCareless ? key() : robot.firstKey))
    return Intent(anyone(), .reportContradiction(message))
  }

  /// Receipts of one window that sum to more than its cap, signed by the agent's key.
  fileprivate mutating func reportOverspending() -> Intent? {
    guard mayMake(.reportOverspending, every: 300),
      let (id, record) = agent(where: { $0.status != .retired }),
      let window = state.agentWindow(record.window, of: id), let robot = robot(of: record.terms)
    else { return nil }
    let half = Amount(baseUnits: window.cap.baseUnits / 2 + 1)
    let receipts = (1...2).map { run in
      ActionReceipt(
        chain: chain.id, agent: id, version: record.version, run: UInt64(run),
        window: record.window, actions: digest(), count: 1,
        spent: isCareless ? .zero : half
      ).signed(by: robot.firstKey)
    }
    return Intent(anyone(), .reportOverspending(ReportOverspending(receipts: receipts)))
  }
}
