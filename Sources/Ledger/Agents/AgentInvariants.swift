internal import CanonicalCoding
public import Primitives

extension Invariant {
  static let agentInvariants = [
    Invariant("agents' deposits are those of open demands") { $0.auditAgentDeposits() },
    Invariant("a retired agent holds nothing, and nothing holds it") { state in
      state.allAgents().allSatisfy { id, agent in
        agent.status != .retired
          || agent.holds == 0 && state.balance(of: .agentBond(id)) == .zero
            && state.balance(of: .agentPurse(id)) == .zero
      }
    },
    Invariant("no agent spends or states more than a window's cap") { state in
      state.records(in: .agentWindows, named: AgentWindowName.self, as: AgentWindowRecord.self)
        .allSatisfy { $0.record.spent <= $0.record.cap && $0.record.stated <= $0.record.cap }
    },
  ]
}

extension StateReader {
  /// Every agent, in the order of identifiers; cost: a full scan.
  public func allAgents() -> [(id: Identifier<Agent>, agent: AgentRecord)] {
    records(in: .agents, named: Identifier<Agent>.self, as: AgentRecord.self)
      .map { ($0.name, $0.record) }
  }

  fileprivate func auditAgentDeposits() -> Bool {
    let demands = records(
      in: .agentDemands, named: AgentActionName.self, as: AgentDemandRecord.self)
    let sum = demands.reduce(UInt128(0)) { $0 + $1.record.deposit.baseUnits }
    return sum == balance(of: .agentDeposits).baseUnits
  }
}
