import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct MessageEncodingTests {
  /// One transaction of each kind.
  func samples() throws -> [Transaction] {
    let story = try Story()
    var samples = story.chain.blocks.flatMap(\.transactions)
    let others: [Message] = [
      .transfer(Transfer(to: bob.account, amount: tokens(1), memo: "naïve")),
      .transferToMany(
        TransferToMany(
          payments: [
            Payment(to: bob.account, amount: tokens(1)), Payment(to: carol.account, amount: .zero),
          ], memo: "two")),
      story.chain.rotation(of: alice, to: alice.key(1)),
      .revealHeldOut(Story.heldOutReveal(of: story.datanet)),
      .withdrawContribution(WithdrawContribution(contribution: story.bobs, use: .erased)),
      .grantRole(GrantRole(datanet: story.datanet, account: bob.account, role: .curator)),
      .revokeRole(RevokeRole(datanet: story.datanet, account: bob.account, role: .trainer)),
      .transferDatanet(TransferDatanet(datanet: story.datanet, to: bob.account)),
      .changeDatanetTerms(
        ChangeDatanetTerms(
          datanet: story.datanet, floorRateIn: tokens(1), floorRateOut: tokens(2),
          contributionDeposit: tokens(3), isOpen: false)),
      .closeDatanet(CloseDatanet(datanet: story.datanet)),
      .bondCurator(BondCurator(datanet: story.datanet, amount: tokens(4))),
      .unbondCurator(UnbondCurator(datanet: story.datanet)),
      .transferBaseModel(TransferBaseModel(baseModel: story.baseModel, to: bob.account)),
      .changeRates(ChangeRates(adapter: story.adapter, rateIn: tokens(1), rateOut: tokens(2))),
      .promoteAdapter(PromoteAdapter(adapter: story.adapter)),
      .rollBackAdapter(RollBackAdapter(line: Identifier(digest("line")))),
      .retireAdapter(RetireAdapter(adapter: story.adapter)),
      .withdrawRunBond(WithdrawRunBond(run: story.run)),
      .stakeOnRun(StakeOnRun(run: story.run, amount: tokens(1))),
      .unstakeFromRun(UnstakeFromRun(run: story.run, amount: tokens(1))),
      .claimStakeReward(ClaimStakeReward(run: story.run)),
      .topUpChannel(TopUpChannel(channel: story.channel, amount: tokens(1))),
      .closeChannel(CloseChannel(channel: story.channel)),
      .settleBatch(try story.contents([try story.receipt(1), try story.receipt(2)]).message),
      .depositServerBond(DepositServerBond(amount: tokens(1))),
      .fundSubsidyPool(FundSubsidyPool(amount: tokens(1))),
      .claimAmounts(
        ClaimAmounts(
          claims: try story.contents([try story.receipt(1)]).claims(of: Identifier(.zero)))),
      .withdrawServerBond(WithdrawServerBond(amount: tokens(1))),
    ]
    let subjects = StakingFixture.messages + GovernanceFixture.messages
    let stories = try AgentStory().samples() + DisputeStory.samples()
    samples += (others + subjects + stories).map {
      story.chain.transaction($0, by: alice)
    }
    return samples
  }

  @Test func `every kind of transaction survives its encoding`() throws {
    let samples = try samples()
    #expect(Set(samples.map(\.content.message.kind)) == Set(MessageKind.allCases))
    for sample in samples {
      let decoded = try Transaction(canonicalBytes: sample.canonicalBytes)
      #expect(decoded == sample)
      #expect(decoded.id == sample.id)
    }
  }

  @Test(arguments: UInt64(0)..<10)
  func `damaged bytes decode to nothing, or to what encodes to them`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for sample in try samples() {
      for _ in 0..<20 {
        var bytes = sample.canonicalBytes
        for _ in 0...generator.next(below: 4) {
          let place = Int(generator.next(below: UInt64(bytes.count)))
          switch generator.next(below: 4) {
          case 0: bytes.remove(at: place)
          case 1: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
          default: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
          }
        }
        guard let decoded = try? Transaction(canonicalBytes: bytes) else { continue }
        #expect(decoded.canonicalBytes == bytes, "seed \(seed)")
      }
    }
  }
}
