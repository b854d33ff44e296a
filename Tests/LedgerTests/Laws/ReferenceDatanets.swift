import Ledger
import Primitives

/// Slow books of what stands behind datanets and their curators, and of who has yet to reveal what.
struct ReferenceDatanets {
  typealias Move = ReferenceStakes.Move

  private var owners: [Identifier<Datanet>: Identifier<Account>] = [:]
  private var bonds: [Identifier<Datanet>: UInt128] = [:]
  private var curators: [MemberName: UInt128] = [:]
  /// Whether each part is revealed.
  private var heldOut: [EpochName: [Identifier<Account>: Bool]] = [:]
  private var opened: Set<EpochName> = []
  /// The epoch of each version, in order.
  private var versions: [Identifier<Datanet>: [EpochName]] = [:]
  private var openings: [(deadline: Deadline, epoch: EpochName)] = []
  private var datanetReturns: [(deadline: Deadline, datanet: Identifier<Datanet>)] = []
  private var curatorReturns: [(deadline: Deadline, curator: MemberName, amount: UInt128)] = []
  private var closings: [(deadline: Deadline, epoch: EpochName)] = []

  mutating func create(
    _ id: Identifier<Datanet>, by owner: Identifier<Account>, bond: UInt128
  ) -> [Move] {
    owners[id] = owner
    bonds[id] = bond
    return [Move(amount: bond, source: .account(owner), target: .datanetBonds)]
  }

  mutating func transfer(_ id: Identifier<Datanet>, to owner: Identifier<Account>) {
    owners[id] = owner
  }

  mutating func close(_ id: Identifier<Datanet>, returns: Deadline) {
    datanetReturns.append((returns, id))
  }

  mutating func bond(_ amount: UInt128, by curator: MemberName) -> [Move] {
    curators[curator, default: 0] += amount
    return [Move(amount: amount, source: .account(curator.account), target: .curatorBonds)]
  }

  mutating func unbond(_ curator: MemberName, returns: Deadline) {
    curatorReturns.append((returns, curator, curators[curator] ?? 0))
    curators[curator] = 0
  }

  mutating func commit(_ epoch: EpochName, by curator: Identifier<Account>) {
    heldOut[epoch, default: [:]][curator] = false
  }

  mutating func draft(_ epoch: EpochName) { versions[epoch.datanet, default: []].append(epoch) }

  mutating func publish(_ version: VersionName, opens: Deadline) {
    guard let epoch = versions[version.datanet]?[Int(version.number) - 1] else { return }
    openings.append((opens, epoch))
  }

  mutating func reveal(
    _ epoch: EpochName, by curator: Identifier<Account>, closes: Deadline
  ) {
    heldOut[epoch]?[curator] = true
    if opened.insert(epoch).inserted { closings.append((closes, epoch)) }
  }

  /// The movements of money that are due.
  ///
  /// - Parameter closes: when a set that opens now is closed.
  mutating func end(isDue: (Deadline) -> Bool, closes: Deadline) -> [Move] {
    var moves: [Move] = []
    for (_, epoch) in openings.filter({ isDue($0.deadline) })
    where opened.insert(epoch).inserted { closings.append((closes, epoch)) }
    openings.removeAll { isDue($0.deadline) }
    for (_, id) in datanetReturns.filter({ isDue($0.deadline) }) {
      guard let owner = owners[id] else { continue }
      moves.append(
        Move(amount: bonds[id] ?? 0, source: .datanetBonds, target: .account(owner)))
      bonds[id] = 0
    }
    for (_, curator, amount) in curatorReturns.filter({ isDue($0.deadline) }) {
      moves.append(Move(amount: amount, source: .curatorBonds, target: .account(curator.account)))
    }
    for (_, epoch) in closings.filter({ isDue($0.deadline) }) {
      let missing = heldOut[epoch]?.filter { !$0.value }.keys.sorted() ?? []
      for account in missing {
        let curator = MemberName(datanet: epoch.datanet, account: account)
        moves.append(
          Move(amount: curators[curator] ?? 0, source: .curatorBonds, target: .treasury))
        curators[curator] = 0
        if owners[epoch.datanet] == account {
          moves.append(
            Move(amount: bonds[epoch.datanet] ?? 0, source: .datanetBonds, target: .treasury))
          bonds[epoch.datanet] = 0
        }
        heldOut[epoch]?[account] = true
      }
    }
    datanetReturns.removeAll { isDue($0.deadline) }
    curatorReturns.removeAll { isDue($0.deadline) }
    closings.removeAll { isDue($0.deadline) }
    return moves
  }
}
