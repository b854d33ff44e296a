internal import Cryptography
internal import Ledger
internal import Primitives

extension World {
  /// What a consensus engine would say of the block before: who signed, who proposed, and now and
  /// then evidence of a validator that signed twice.
  mutating func consensusReport() -> ConsensusReport {
    // At times nobody reports, as on a chain of one producer.
    guard !chance(1, in: 10) else { return .none }
    let members = state.activeSet.members
    // Some are away for days: a validator whose turn it is misses most blocks.
    let away = members.isEmpty ? 0 : Int(chain.height / 40) % (members.count * 2)
    let votes = members.enumerated().map { place, member in
      ConsensusVote(
        validator: ConsensusAddress(member.consensusKey), power: member.power,
        signed: place == away ? chance(1, in: 5) : !chance(1, in: 30))
    }
    return ConsensusReport(
      votes: votes, proposer: pick(votes)?.validator, misbehaviours: misbehaviours())
  }

  private mutating func misbehaviours() -> [Misbehaviour] {
    guard chance(1, in: 150), let validator = pick(state.validators()) else { return [] }
    // Those who are out already, and keys that nobody has, can be reported too.
    let isKnown = !chance(1, in: 10)
    let standing = state.validators().count { $0.record.status == .standing }
    guard standing > 3 || validator.record.offence != nil || !isKnown else { return [] }
    let key = isKnown ? validator.record.consensusKey : key().publicKey
    let (blocks, milliseconds) = (random.next(below: 40), random.next(below: 90_000))
    return [
      Misbehaviour(
        kind: chance(1, in: 2) ? .duplicateVote : .lightClientAttack,
        validator: ConsensusAddress(key),
        height: Height(chain.height - min(blocks, chain.height)),
        time: BlockTime(milliseconds: chain.time.milliseconds - milliseconds))
    ]
  }
}
