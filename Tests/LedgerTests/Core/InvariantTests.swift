import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct InvariantTests {
  @Test func `every invariant is checked once`() {
    let names = Invariant.all.map(\.name)
    #expect(names.count == Set(names).count)
    #expect(names.count > 40)
  }

  /// What is broken after one entry of a story's state was changed behind the rules' back.
  private func broken<Record: CanonicalCodable>(
    _ key: (Story) -> StateKey<Record>, _ change: (Record?) -> Record
  ) throws -> [String] {
    var story = try Story()
    #expect(story.chain.state.brokenInvariants() == [])
    let key = key(story)
    let value = change(story.chain.state.record(key))
    story.chain.apply([StateWrite(key: key.bytes, value: value.canonicalBytes)])
    return story.chain.state.brokenInvariants()
  }

  @Test func `a run that counts an adapter too many is found`() throws {
    let names = try broken({ .standing(of: $0.run) }) { (standing: RunStanding?) in
      var standing =
        standing
        ?? RunStanding(
          status: .open, bond: .zero,
          bondHeldUntil: Deadline(time: BlockTime(milliseconds: 0), height: .genesis))
      standing.adaptersOnOffer += 1
      return standing
    }
    #expect(names == ["each run counts its adapters on offer"])
  }

  @Test func `a run that nothing holds and that is held is found`() throws {
    let names = try broken({ .standing(of: $0.run) }) { (standing: RunStanding?) in
      var standing =
        standing
        ?? RunStanding(
          status: .open, bond: .zero,
          bondHeldUntil: Deadline(time: BlockTime(milliseconds: 0), height: .genesis))
      standing.openDisputes += 1
      return standing
    }
    #expect(names == ["batches, runs and agents are held by what is open about them"])
  }

  @Test func `a contributor whose records are not counted is found`() throws {
    let names = try broken({ story in
      .member(MemberName(datanet: story.datanet, account: bob.account))
    }) { (member: MemberRecord?) in
      var member = member ?? MemberRecord()
      member.contributions += 1
      return member
    }
    #expect(names == ["members' contributions and held-out parts are counted"])
  }

  @Test func `a stake that is not counted as entering is found`() throws {
    var story = try Story()
    try story.chain.success(
      .stakeOnRun(StakeOnRun(run: story.run, amount: tokens(1))), by: bob)
    #expect(story.chain.state.brokenInvariants() == [])
    let key = StateKey<RunStakePool>.stakePool(of: story.run)
    var pool = try #require(story.chain.state.record(key))
    pool.enteringCount += 1
    story.chain.apply([StateWrite(key: key.bytes, value: pool.canonicalBytes)])
    #expect(
      story.chain.state.brokenInvariants()
        == ["stakes that begin to earn are counted until the last has seen its start"])
  }

  @Test func `a verifier's bond of somebody who is none is found`() throws {
    var story = try Story()
    let half = Amount(baseUnits: story.chain.state.balance(of: .account(bob.account)).baseUnits / 2)
    var account = try #require(story.chain.state.account(bob.account))
    account.balance = try account.balance.subtracting(half)
    story.chain.apply([
      StateWrite(
        key: StateKey<AccountRecord>.account(bob.account).bytes, value: account.canonicalBytes),
      StateWrite(
        key: StateKey<Amount>.purse(.verifierBond(bob.account)).bytes, value: half.canonicalBytes),
    ])
    #expect(
      story.chain.state.brokenInvariants().contains("a verifier's bond is of somebody who is one"))
  }
}
