internal import CanonicalCoding
public import Primitives

extension Invariant {
  static let disputeInvariants = [
    Invariant("dispute bonds are those of open disputes and presented receipts") {
      $0.auditDisputeBonds()
    },
    Invariant("a batch waits for its struck receipts, and each of them ends by itself") {
      $0.auditRepairs()
    },
    Invariant("data deposits are those of open demands") { $0.auditDataDeposits() },
    Invariant("the dispute pot is empty between messages") {
      $0.balance(of: .disputePot) == .zero
    },
    Invariant("a verifier's open seats are those of panels that vote") { $0.auditSeats() },
    Invariant("a verifier's bond is of somebody who is one") { state in
      state.allBalances().allSatisfy { holder, _ in
        guard case .verifierBond(let account) = holder else { return true }
        return state.verifier(account) != nil
      }
    },
    Invariant("batches, runs and agents are held by what is open about them") { $0.auditHolds() },
  ]
}

extension StateReader {
  /// Every dispute, in the order of identifiers; cost: a full scan.
  public func allDisputes() -> [(id: Identifier<Dispute>, dispute: DisputeRecord)] {
    records(in: .disputes, named: Identifier<Dispute>.self, as: DisputeRecord.self)
      .map { ($0.name, $0.record) }
  }

  fileprivate func auditDisputeBonds() -> Bool {
    let open = allDisputes().filter { !$0.dispute.isClosed }
    var sum = open.reduce(UInt128(0)) { $0 + $1.dispute.bond.baseUnits }
    for (_, struck) in struckReceipts() { sum += struck.presented?.bond.baseUnits ?? 0 }
    return sum == balance(of: .disputeBonds).baseUnits
      && open.allSatisfy { openDispute(about: $0.dispute.target) == $0.id }
  }

  /// Cost: a full scan.
  private func struckReceipts() -> [(name: BatchLeafName, record: StruckReceipt)] {
    records(in: .struckReceipts, named: BatchLeafName.self, as: StruckReceipt.self)
  }

  fileprivate func auditRepairs() -> Bool {
    var repairs: [Identifier<Batch>: UInt32] = [:]
    for (name, struck) in struckReceipts() {
      repairs[name.batch, default: 0] += 1
      guard isScheduled(.endRepair(name), at: struck.ends) else { return false }
    }
    return records(in: .batches, named: Identifier<Batch>.self, as: BatchRecord.self)
      .allSatisfy { $0.record.openRepairs == repairs[$0.name, default: 0] }
  }

  fileprivate func auditDataDeposits() -> Bool {
    let demands = records(in: .dataDemands, named: DataPiece.self, as: DataDemandRecord.self)
    let sum = demands.reduce(UInt128(0)) { $0 + $1.record.deposit.baseUnits }
    return sum == balance(of: .dataDeposits).baseUnits
  }

  fileprivate func auditHolds() -> Bool {
    var holds: [Digest: UInt32] = [:]
    for (_, dispute) in allDisputes() where !dispute.isClosed {
      switch dispute.target {
      case .query(let batch, _, _), .answer(let batch, _): holds[batch.digest, default: 0] += 1
      case .run(let run, _, _): holds[run.digest, default: 0] += 1
      case .action(let name): holds[name.run.agent.digest, default: 0] += 1
      }
    }
    for (piece, _) in records(in: .dataDemands, named: DataPiece.self, as: DataDemandRecord.self) {
      holds[piece.owner.digest, default: 0] += 1
    }
    let demands = records(
      in: .agentDemands, named: AgentActionName.self, as: AgentDemandRecord.self)
    for (name, _) in demands { holds[name.run.agent.digest, default: 0] += 1 }

    let batches = records(in: .batches, named: Identifier<Batch>.self, as: BatchRecord.self)
    let runs = records(in: .runStandings, named: Identifier<Run>.self, as: RunStanding.self)
    return batches.allSatisfy { $0.record.openDisputes == holds[$0.name.digest, default: 0] }
      && runs.allSatisfy { $0.record.openDisputes == holds[$0.name.digest, default: 0] }
      && allAgents().allSatisfy { $0.agent.holds == holds[$0.id.digest, default: 0] }
  }

  fileprivate func auditSeats() -> Bool {
    let voting = allDisputes().filter { $0.dispute.isVoting }.flatMap(\.dispute.panel)
    let verifiers = verifiers()
    return verifiers.reduce(0) { $0 + Int($1.record.openSeats) } == voting.count
      && verifiers.allSatisfy { account, record in
        Int(record.openSeats) == voting.count { $0.verifier == account }
      }
  }
}

extension DisputeRecord {
  public var isClosed: Bool { if case .closed = phase { true } else { false } }

  var isVoting: Bool { if case .voting = phase { true } else { false } }

  /// How it ended; nil while it is open.
  public var outcome: DisputeOutcome? {
    if case .closed(let outcome) = phase { outcome } else { nil }
  }
}
