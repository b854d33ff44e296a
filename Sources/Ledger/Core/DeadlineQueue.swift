package import CanonicalCoding
public import Primitives

/// What the ledger does by itself when a deadline comes.
enum DueAction: Hashable, Sendable {
  case closeChannel(Identifier<Channel>)
  case releaseEpoch(EpochName)
  case closeHeldOut(EpochName)
  case continueErasures(EpochName)
  case eraseContribution(Identifier<Contribution>)
  case returnCuratorBond(MemberName)
  case returnDatanetBond(Identifier<Datanet>)
  case openHeldOut(EpochName)
  case endRunChallenge(Identifier<Run>)
  case changeRates(Identifier<Adapter>)
  case endStakeEpoch(Identifier<Run>)
  case returnStake(StakeName)
  case finaliseBatch(Identifier<Batch>)
  case drawAuditors(Identifier<Batch>)
  case lapseClaims(BatchAdapterName)
  case forgetClaims(BatchAdapterName)
  case forgetOutcomes(Identifier<Batch>)
  case turnSubsidyEpoch
  case completeUnbonding(DelegationName)
  case releaseDelegation(DelegationName)
  case endDeposits(Identifier<Proposal>)
  case countVote(Identifier<Proposal>)
  case enactProposal(Identifier<Proposal>)
  case returnDeposits(Identifier<Proposal>)
  case forgetVotes(Identifier<Proposal>)
  case retireAgent(Identifier<Agent>)
  case endAgentDemand(AgentActionName)
  case endDisputeAnswer(Identifier<Dispute>)
  case drawPanel(Identifier<Dispute>)
  case closeVoting(Identifier<Dispute>)
  case retireVerifier(Identifier<Account>)
  case endDataDemand(DataPiece)
  case endRepair(BatchLeafName)
}

extension DueAction: CanonicalCodable {
  func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .closeChannel(let channel):
      encoder.encode(tag: 1)
      encoder.encode(channel)
    case .releaseEpoch(let epoch):
      encoder.encode(tag: 2)
      encoder.encode(epoch)
    case .closeHeldOut(let epoch):
      encoder.encode(tag: 40)
      encoder.encode(epoch)
    case .continueErasures(let epoch):
      encoder.encode(tag: 41)
      encoder.encode(epoch)
    case .eraseContribution(let contribution):
      encoder.encode(tag: 42)
      encoder.encode(contribution)
    case .returnCuratorBond(let member):
      encoder.encode(tag: 43)
      encoder.encode(member)
    case .returnDatanetBond(let datanet):
      encoder.encode(tag: 44)
      encoder.encode(datanet)
    case .openHeldOut(let epoch):
      encoder.encode(tag: 45)
      encoder.encode(epoch)
    case .endRunChallenge(let run):
      encoder.encode(tag: 50)
      encoder.encode(run)
    case .changeRates(let adapter):
      encoder.encode(tag: 51)
      encoder.encode(adapter)
    case .endStakeEpoch(let run):
      encoder.encode(tag: 52)
      encoder.encode(run)
    case .returnStake(let stake):
      encoder.encode(tag: 53)
      encoder.encode(stake)
    case .turnSubsidyEpoch: encoder.encode(tag: 120)
    case .finaliseBatch(let batch):
      encoder.encode(tag: 70)
      encoder.encode(batch)
    case .drawAuditors(let batch):
      encoder.encode(tag: 73)
      encoder.encode(batch)
    case .lapseClaims(let tree):
      encoder.encode(tag: 71)
      encoder.encode(tree)
    case .forgetClaims(let tree):
      encoder.encode(tag: 72)
      encoder.encode(tree)
    case .forgetOutcomes(let batch):
      encoder.encode(tag: 74)
      encoder.encode(batch)
    case .completeUnbonding(let name):
      encoder.encode(tag: 80)
      encoder.encode(name)
    case .releaseDelegation(let name):
      encoder.encode(tag: 81)
      encoder.encode(name)
    case .endDeposits(let proposal):
      encoder.encode(tag: 90)
      encoder.encode(proposal)
    case .countVote(let proposal):
      encoder.encode(tag: 91)
      encoder.encode(proposal)
    case .enactProposal(let proposal):
      encoder.encode(tag: 92)
      encoder.encode(proposal)
    case .returnDeposits(let proposal):
      encoder.encode(tag: 93)
      encoder.encode(proposal)
    case .forgetVotes(let proposal):
      encoder.encode(tag: 94)
      encoder.encode(proposal)
    case .retireAgent(let agent):
      encoder.encode(tag: 100)
      encoder.encode(agent)
    case .endAgentDemand(let action):
      encoder.encode(tag: 101)
      encoder.encode(action)
    case .endDisputeAnswer(let dispute):
      encoder.encode(tag: 110)
      encoder.encode(dispute)
    case .drawPanel(let dispute):
      encoder.encode(tag: 111)
      encoder.encode(dispute)
    case .closeVoting(let dispute):
      encoder.encode(tag: 112)
      encoder.encode(dispute)
    case .retireVerifier(let account):
      encoder.encode(tag: 113)
      encoder.encode(account)
    case .endDataDemand(let piece):
      encoder.encode(tag: 114)
      encoder.encode(piece)
    case .endRepair(let receipt):
      encoder.encode(tag: 115)
      encoder.encode(receipt)
    }
  }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .closeChannel(try decoder.decode())
    case 2: self = .releaseEpoch(try decoder.decode())
    case 40: self = .closeHeldOut(try decoder.decode())
    case 41: self = .continueErasures(try decoder.decode())
    case 42: self = .eraseContribution(try decoder.decode())
    case 43: self = .returnCuratorBond(try decoder.decode())
    case 44: self = .returnDatanetBond(try decoder.decode())
    case 45: self = .openHeldOut(try decoder.decode())
    case 50: self = .endRunChallenge(try decoder.decode())
    case 51: self = .changeRates(try decoder.decode())
    case 52: self = .endStakeEpoch(try decoder.decode())
    case 53: self = .returnStake(try decoder.decode())
    case 70: self = .finaliseBatch(try decoder.decode())
    case 73: self = .drawAuditors(try decoder.decode())
    case 71: self = .lapseClaims(try decoder.decode())
    case 72: self = .forgetClaims(try decoder.decode())
    case 74: self = .forgetOutcomes(try decoder.decode())
    case 120: self = .turnSubsidyEpoch
    case 80: self = .completeUnbonding(try decoder.decode())
    case 81: self = .releaseDelegation(try decoder.decode())
    case 90: self = .endDeposits(try decoder.decode())
    case 91: self = .countVote(try decoder.decode())
    case 92: self = .enactProposal(try decoder.decode())
    case 93: self = .returnDeposits(try decoder.decode())
    case 94: self = .forgetVotes(try decoder.decode())
    case 100: self = .retireAgent(try decoder.decode())
    case 101: self = .endAgentDemand(try decoder.decode())
    case 110: self = .endDisputeAnswer(try decoder.decode())
    case 111: self = .drawPanel(try decoder.decode())
    case 112: self = .closeVoting(try decoder.decode())
    case 113: self = .retireVerifier(try decoder.decode())
    case 114: self = .endDataDemand(try decoder.decode())
    case 115: self = .endRepair(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// An entry of the queue; its encoding sorts by time, then height.
package struct QueueEntry: CanonicalCodable {
  let deadline: Deadline
  let action: DueAction

  init(deadline: Deadline, action: DueAction) {
    self.deadline = deadline
    self.action = action
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(deadline)
    encoder.encode(action)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    deadline = try decoder.decode()
    action = try decoder.decode()
  }
}

extension StateReader {
  /// The earliest time at which the ledger has work of its own; nil if it has none coming.
  ///
  /// The producer makes blocks from then on until the deadline's height is reached too.
  public var nextDeadline: BlockTime? {
    queue(limit: 1).first?.deadline.time
  }

  private func queue(limit: Int) -> [QueueEntry] {
    records(in: .deadlines, limit: limit, named: QueueEntry.self, as: Bool.self).map(\.name)
  }

  fileprivate func dueEntries(at time: BlockTime, height: Height) -> [QueueEntry] {
    // Entries whose time has come but whose height has not wait at the front, so that the scan
    // may look past them; there are at most a window's worth.
    queue(limit: DeadlineBounds.scanned).prefix { $0.deadline.time <= time }
      .filter { $0.deadline.hasCome(at: time, height: height) }
  }
}

extension StateEntry {
  /// The batch whose end an entry of the deadlines says: an open one that nobody disputes.
  public var endingBatch: Identifier<Batch>? {
    guard key.first == StateTable.deadlines.rawValue,
      let entry = try? QueueEntry(canonicalBytes: Array(key.dropFirst())),
      case .finaliseBatch(let batch) = entry.action
    else { return nil }
    return batch
  }
}

/// How much of a block the ledger's own work may take.
enum DeadlineBounds {
  static let scanned = 1024
  /// Channels closed and claims paid in one block.
  static let work = 256
  /// What a step of a dispute counts: it looks at every verifier, or voids a batch.
  static let disputeWork = 32
}

extension StateReader {
  /// Whether the queue holds this action for this deadline.
  func isScheduled(_ action: DueAction, at deadline: Deadline) -> Bool {
    record(StateKey<Bool>(.deadlines, QueueEntry(deadline: deadline, action: action))) == true
  }
}

extension LedgerState {
  mutating func schedule(_ action: DueAction, at deadline: Deadline) {
    set(key(of: QueueEntry(deadline: deadline, action: action)), to: true)
  }

  /// Takes back what was scheduled.
  mutating func unschedule(_ action: DueAction, at deadline: Deadline) {
    set(key(of: QueueEntry(deadline: deadline, action: action)), to: nil)
  }

  /// Does what is due, a bounded amount of it; the rest stays for the next block.
  mutating func runDueActions(at time: BlockTime, height: Height) {
    var budget = DeadlineBounds.work
    for entry in dueEntries(at: time, height: height) {
      guard budget > 0 else { return }
      do {
        switch entry.action {
        case .closeChannel(let channel):
          try close(channel)
          budget -= 1
        case .releaseEpoch(let epoch):
          let paid = try release(epoch, limit: budget)
          budget -= paid
          if budget == 0 { return }
        case .closeHeldOut(let epoch):
          try closeHeldOut(epoch, at: Moment(time: time, height: height))
          budget -= 1
        case .continueErasures(let epoch):
          budget -= continueErasures(of: epoch, limit: budget, at: time, height: height)
          if budget == 0 { return }
        case .eraseContribution(let contribution):
          erase(contribution)
          budget -= 1
        case .returnCuratorBond(let member):
          try returnCuratorBond(member)
          budget -= 1
        case .returnDatanetBond(let datanet):
          try returnBond(of: datanet)
          budget -= 1
        case .openHeldOut(let epoch):
          openHeldOut(epoch, at: Moment(time: time, height: height))
          budget -= 1
        case .endRunChallenge(let run):
          endChallenge(of: run)
          budget -= 1
        case .changeRates(let adapter):
          changeRates(of: adapter, at: time, height: height)
          budget -= 1
        case .endStakeEpoch(let run):
          endStakeEpoch(of: run, at: time, height: height)
          budget -= 1
        case .returnStake(let stake):
          try returnStake(stake, at: time, height: height)
          budget -= 1
        case .turnSubsidyEpoch:
          turnSubsidyEpoch(at: time, height: height)
          budget -= 1
        case .finaliseBatch(let batch):
          // One that is larger than what is left waits for a block's whole budget.
          let cost = min(workOfFinality(of: batch), DeadlineBounds.work)
          guard cost <= budget else { return }
          try finalise(batch, at: Moment(time: time, height: height))
          budget -= cost
        case .drawAuditors(let batch):
          drawAuditors(of: batch)
          budget -= 1
        case .lapseClaims(let tree):
          try lapseClaims(on: tree, at: Moment(time: time, height: height))
          budget -= 1
        case .forgetClaims(let tree):
          budget -= forgetClaims(on: tree, limit: budget)
          if budget == 0 { return }
        case .forgetOutcomes(let batch):
          budget -= forgetOutcomes(of: batch, limit: budget)
          if budget == 0 { return }
        case .completeUnbonding(let name):
          try completeUnbonding(name)
          budget -= 1
        case .releaseDelegation(let name):
          try releaseDelegation(name, at: Moment(time: time, height: height))
          budget -= 1
        case .endDeposits(let proposal):
          endDeposits(for: proposal, at: Moment(time: time, height: height))
          budget -= 1
        case .countVote(let proposal):
          countVote(on: proposal, at: Moment(time: time, height: height))
          budget -= 1
        case .enactProposal(let proposal):
          enact(proposal, at: Moment(time: time, height: height))
          budget -= 1
        case .returnDeposits(let proposal):
          budget -= try returnDeposits(of: proposal, limit: budget)
          if budget == 0 { return }
        case .forgetVotes(let proposal):
          budget -= forgetVotes(on: proposal, limit: budget)
          if budget == 0 { return }
        case .retireAgent(let agent):
          try finishRetirement(of: agent)
          budget -= 1
        case .endAgentDemand(let action):
          try endDemand(action, at: time, height: height)
          budget -= 1
        // A dispute's steps cost more than most; see DeadlineBounds.disputeWork.
        case .endDisputeAnswer(let dispute):
          try endAnswer(of: dispute, now: Deadline(time: time, height: height))
          budget -= DeadlineBounds.disputeWork
        case .drawPanel(let dispute):
          try drawPanel(of: dispute, now: Deadline(time: time, height: height))
          budget -= DeadlineBounds.disputeWork
        case .closeVoting(let dispute):
          try closeVoting(on: dispute, now: Deadline(time: time, height: height))
          budget -= DeadlineBounds.disputeWork
        case .retireVerifier(let account):
          try finishRetirement(
            ofVerifier: account, now: Deadline(time: time, height: height))
          budget -= 1
        case .endDataDemand(let piece):
          try endDataDemand(piece, now: Deadline(time: time, height: height))
          budget -= DeadlineBounds.disputeWork
        case .endRepair(let receipt):
          try endRepair(of: receipt, at: Moment(time: time, height: height))
          budget -= DeadlineBounds.disputeWork
        }
      } catch {
        precondition(!isIntact, "escrows cover what is due from them: \(error)")
        return
      }
      set(key(of: entry), to: nil)
    }
  }

  private func key(of entry: QueueEntry) -> StateKey<Bool> { .init(.deadlines, entry) }
}
