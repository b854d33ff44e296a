internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

extension StateReader {
  /// Money or work that the ledger has lost sight of: what has not ended although every window is long
  /// over and nobody has done anything since.
  ///
  /// Empty for a ledger that keeps its promises. Cost: several full scans.
  func unfinished() -> [String] {
    var found: [String] = []
    func expect(_ isOver: Bool, _ what: String) { if !isOver { found.append(what) } }

    // A pool that still has money begins one epoch after the other.
    let deadlines = entries(withPrefix: [StateTable.deadlines.rawValue], after: nil, limit: .max)
    expect(deadlines.count == (subsidyEpoch == nil ? 0 : 1), "a deadline waits")
    for (holder, amount) in allBalances() {
      switch holder {
      case .contributorEscrow, .batchEscrow: found.append("\(holder) holds \(amount)")
      default: break
      }
    }
    for holder in [
      Holder.unbondingStake, .disputeBonds, .dataDeposits, .agentDeposits, .proposalDeposits,
      .disputePot, .feePool,
    ] { expect(balance(of: holder) == .zero, "\(holder) holds \(balance(of: holder))") }
    for table in [
      StateTable.nonces, .unbondings, .votes, .directVotes, .openDisputes, .disputedPayouts,
      .dataDemands, .agentDemands, .openContributorMoney, .claims, .batchAmounts, .erasures,
      .struckReceipts, .correctedAmounts, .disputedShares,
    ] { expect(isEmpty(table), "something stands in \(table)") }
    expect(openVotes.isEmpty, "a vote is open")
    return found + unfinishedDatanets() + unfinishedModels() + unfinishedMoney()
      + unfinishedPeople()
  }

  private func isEmpty(_ table: StateTable) -> Bool {
    entries(withPrefix: [table.rawValue], after: nil, limit: 1).isEmpty
  }

  private func all<Name: CanonicalCodable, Record: CanonicalCodable>(
    _ table: StateTable, _ name: Name.Type, _ record: Record.Type
  ) -> [(name: Name, record: Record)] {
    records(in: table, named: name, as: record)
  }

  private func unfinishedDatanets() -> [String] {
    var found: [String] = []
    for (id, datanet) in all(.datanets, Identifier<Datanet>.self, DatanetRecord.self)
    where datanet.isClosed && datanet.bond > .zero { found.append("bond of closed datanet \(id)") }
    for (name, member) in all(.datanetMembers, MemberName.self, MemberRecord.self)
    where member.unbonding > .zero { found.append("bond of curator \(name.account)") }
    for (name, heldOut) in all(.heldOutSets, EpochName.self, HeldOutRecord.self)
    where heldOut.release == nil && (heldOut.isOpened || heldOut.version != nil) {
      found.append("held-out set \(name.epoch) of \(name.datanet)")
    }
    for (id, contribution) in all(
      .contributions, Identifier<Contribution>.self, ContributionRecord.self)
    where contribution.isErasing { found.append("erasure of \(id)") }
    return found
  }

  private func unfinishedModels() -> [String] {
    var found: [String] = []
    for (id, standing) in all(.runStandings, Identifier<Run>.self, RunStanding.self)
    where standing.openDisputes > 0 || standing.status == .disputed || standing.status == .open {
      found.append("run \(id) is \(standing.status)")
    }
    for (name, stake) in all(.runStakes, StakeName.self, RunStake.self)
    where !stake.unbonding.isEmpty { found.append("stake of \(name.account)") }
    for (id, pool) in all(.runStakePools, Identifier<Run>.self, RunStakePool.self)
    where pool.epochEnds != nil || pool.enteringCount > 0 { found.append("stake epoch of \(id)") }
    for (id, adapter) in all(.adapters, Identifier<Adapter>.self, AdapterRecord.self)
    where adapter.nextRates != nil { found.append("new rates of \(id)") }
    return found
  }

  private func unfinishedMoney() -> [String] {
    var found: [String] = []
    for (id, channel) in all(.channels, Identifier<Channel>.self, ChannelRecord.self) {
      if case .closing = channel.status { found.append("channel \(id) is closing") }
    }
    for (id, batch) in all(.batches, Identifier<Batch>.self, BatchRecord.self)
    where batch.status == .open || batch.openDisputes > 0 || balance(of: .batchEscrow(id)) > .zero {
      found.append("batch \(id) is \(batch.status)")
    }
    for (id, proposal) in proposals() {
      switch proposal.status {
      case .depositing, .voting, .timelocked: found.append("proposal \(id)")
      default: break
      }
    }
    return found
  }

  private func unfinishedPeople() -> [String] {
    var found: [String] = []
    for (id, agent) in allAgents() {
      if case .retiring = agent.status { found.append("agent \(id) is retiring") }
      if agent.holds > 0 { found.append("agent \(id) is held") }
    }
    for (account, verifier) in verifiers() where verifier.retires != nil || verifier.openSeats > 0 {
      found.append("verifier \(account)")
    }
    for (id, dispute) in allDisputes() where !dispute.isClosed { found.append("dispute \(id)") }
    for (name, delegation) in all(.delegations, DelegationName.self, DelegationRecord.self)
    where name.number > 0 && name.number != DelegationName.wrapped {
      found.append("delegation of \(name.delegator): \(delegation.shares)")
    }
    return found
  }
}
