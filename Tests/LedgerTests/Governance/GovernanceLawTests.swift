import CanonicalCoding
import Ledger
import Primitives
import Testing

@Suite struct GovernanceLawTests {
  /// Makes a random history in which carol's validator, now and then, signs twice.
  private func history(
    seed: UInt64, blocks: Int, check: (StateBefore, TestChain, ExecutedBlock) throws -> Void
  ) throws -> TestChain {
    var chain = try GovernanceFixture.chain()
    try chain.success(
      .createValidator(StakingFixture.creation(by: carol, stake: tokens(50))), by: carol)
    var history = GovernanceHistory(seed: seed)
    for number in 0..<blocks {
      chain.stepInMilliseconds = 500 + history.generator.next(below: 4000)
      let before = StateBefore(active: chain.state.activeSet, parameters: chain.head.parameters)
      let offends = number == blocks * 2 / 3 && seed % 2 == 0
      let report =
        offends ? chain.doubleSign(by: carol, at: chain.height) : ConsensusReport.none
      var builder = BlockBuilder(
        on: chain.head, state: chain.state, time: chain.nextTime, report: report)
      var ahead: [String: UInt64] = [:]
      for _ in 0..<history.generator.next(below: 8) {
        let draw = history.message(on: chain) {
          chain.sequence(of: $0) + ahead[$0.name, default: 0]
        }
        guard let (message, person) = draw else { continue }
        let transaction = chain.transaction(
          message, by: person, ahead: ahead[person.name, default: 0])
        let checked = try CheckedTransaction(canonicalBytes: transaction.canonicalBytes)
        if (try? builder.add(checked)) != nil { ahead[person.name, default: 0] += 1 }
      }
      let executed = chain.commit(try builder.finish())
      try check(before, chain, executed)
    }
    return chain
  }

  struct StateBefore {
    let active: ActiveSet
    let parameters: LedgerParameters
  }

  @Test(arguments: UInt64(0)..<5)
  func `every count, deposit and wrapped share is what slow books make of it`(
    seed: UInt64
  ) throws {
    var model = VoteModel()
    var counted: Set<Identifier<Proposal>> = []
    _ = try history(seed: seed, blocks: 80) { before, chain, executed in
      model.enter(executed)
      let state = chain.state
      #expect(state.brokenInvariants().isEmpty, "seed \(seed): \(state.brokenInvariants())")
      for proposal in state.openVotes {
        let count = model.count(proposal, active: state.activeSet, stakes: state)
        #expect(state.voteCount(on: proposal) == count, "seed \(seed)")
      }
      for (id, record) in state.proposals() {
        guard let count = record.count, counted.insert(id).inserted else { continue }
        // The set is chosen at a block's end, after the count.
        let slow = model.count(id, active: before.active, stakes: state)
        #expect(count == slow, "seed \(seed)")
        // Parameters of the block's end, which a change of the same block may have set.
        guard record.status != .superseded else { continue }
        let decision = model.decision(slow, under: before.parameters.governance)
        switch record.status {
        case .accepted, .timelocked: #expect(decision == nil, "seed \(seed)")
        case let status: #expect(decision == status, "seed \(seed)")
        }
      }
      for (validator, holders) in model.wrapped {
        for (holder, shares) in holders {
          #expect(state.wrappedShares(of: validator, heldBy: holder) == shares, "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: UInt64(0)..<3)
  func `every deposit goes back to its owner, or to the treasury after a veto`(
    seed: UInt64
  ) throws {
    var model = VoteModel()
    var returned: [Identifier<Account>: UInt128] = [:]
    var forfeited: UInt128 = 0
    var chain = try history(seed: seed, blocks: 50) { _, _, executed in
      model.enter(executed)
      note(executed)
    }
    func note(_ executed: ExecutedBlock) {
      for event in executed.endEvents {
        switch event.kind {
        case .proposalDepositReturned:
          returned[Identifier(event.subject), default: 0] += event.amount.baseUnits
        case .proposalDepositForfeited: forfeited += event.amount.baseUnits
        default: break
        }
      }
    }
    chain.stepInMilliseconds = 20_000
    for _ in 0..<20 { note(try chain.block()) }
    #expect(chain.state.balance(of: .proposalDeposits) == .zero)
    var expected: [Identifier<Account>: UInt128] = [:]
    var lost: UInt128 = 0
    for (proposal, deposits) in model.deposits {
      for (account, amount) in deposits {
        if chain.state.proposal(proposal)?.status == .vetoed {
          lost += amount
        } else {
          expected[account, default: 0] += amount
        }
      }
    }
    #expect(returned == expected, "seed \(seed)")
    #expect(forfeited == lost, "seed \(seed)")
  }

  @Test func `the histories reach every message and every end of a proposal`() throws {
    var succeeded: Set<MessageKind> = []
    var rejected: Set<String> = []
    var ends: Set<String> = []
    var parameters: Set<LedgerParameters> = []
    for seed in UInt64(0)..<5 {
      let chain = try history(seed: seed, blocks: 80) { _, _, executed in
        parameters.insert(executed.head.parameters)
        for (transaction, result) in zip(executed.block.transactions, executed.results) {
          if let rejection = result.rejection {
            rejected.insert(rejection.name)
          } else {
            succeeded.insert(transaction.content.message.kind)
          }
        }
      }
      for (_, record) in chain.state.proposals() {
        ends.insert(String("\(record.status)".prefix { $0 != "(" }))
      }
    }
    #expect(succeeded.isSuperset(of: MessageKind.allCases.filter { $0.rawValue >> 8 == 7 }))
    #expect(
      ends.isSuperset(of: ["accepted", "lapsed", "rejected", "vetoed"]), "\(ends)")
    #expect(parameters.count > 4, "changes come into force")
    let ours = rejected.filter { $0.hasPrefix("governance") || $0.hasPrefix("liquid") }
    #expect(ours.count >= 10, "\(ours.sorted())")
  }
}
