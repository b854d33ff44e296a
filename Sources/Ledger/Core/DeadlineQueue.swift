internal import CanonicalCoding
public import Primitives

/// What the ledger does by itself when a deadline comes.
enum DueAction: Hashable, Sendable {
  case closeChannel(Identifier<Channel>)
  case releaseEpoch(EpochName)
  case endRunChallenge(Identifier<Run>)
  case changeRates(Identifier<Adapter>)
  case endStakeEpoch(Identifier<Run>)
  case returnStake(StakeName)
  case finaliseBatch(Identifier<Batch>)
  case turnSubsidyEpoch
  case completeUnbonding(DelegationName)
  case releaseDelegation(DelegationName)
  case retireAgent(Identifier<Agent>)
  case endAgentDemand(AgentActionName)
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
    case .completeUnbonding(let name):
      encoder.encode(tag: 80)
      encoder.encode(name)
    case .releaseDelegation(let name):
      encoder.encode(tag: 81)
      encoder.encode(name)
    case .retireAgent(let agent):
      encoder.encode(tag: 100)
      encoder.encode(agent)
    case .endAgentDemand(let action):
      encoder.encode(tag: 101)
      encoder.encode(action)
    }
  }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .closeChannel(try decoder.decode())
    case 2: self = .releaseEpoch(try decoder.decode())
    case 50: self = .endRunChallenge(try decoder.decode())
    case 51: self = .changeRates(try decoder.decode())
    case 52: self = .endStakeEpoch(try decoder.decode())
    case 53: self = .returnStake(try decoder.decode())
    case 70: self = .finaliseBatch(try decoder.decode())
    case 120: self = .turnSubsidyEpoch
    case 80: self = .completeUnbonding(try decoder.decode())
    case 81: self = .releaseDelegation(try decoder.decode())
    case 100: self = .retireAgent(try decoder.decode())
    case 101: self = .endAgentDemand(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// An entry of the queue; its encoding sorts by time, then height.
private struct QueueEntry: CanonicalCodable {
  let deadline: Deadline
  let action: DueAction

  init(deadline: Deadline, action: DueAction) {
    self.deadline = deadline
    self.action = action
  }

  func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(deadline)
    encoder.encode(action)
  }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
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

/// How much of a block the ledger's own work may take.
enum DeadlineBounds {
  static let scanned = 1024
  /// Channels closed and claims paid in one block.
  static let work = 256
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
          try finalise(batch)
          budget -= cost
        case .completeUnbonding(let name):
          try completeUnbonding(name)
          budget -= 1
        case .releaseDelegation(let name):
          try releaseDelegation(name, at: Moment(time: time, height: height))
        case .retireAgent(let agent):
          try finishRetirement(of: agent)
          budget -= 1
        case .endAgentDemand(let action):
          try endDemand(action, at: time, height: height)
          budget -= 1
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
