import AttributionRules
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct DisputeHistoryTests {
  /// What a history remembers to draw from.
  private struct Memory {
    var generator: SeededGenerator
    var batches: [DisputedBatch] = []
    var disputes: [Identifier<Dispute>] = []
    var number: UInt64 = 0

    mutating func below(_ bound: Int) -> Int { Int(generator.next(below: UInt64(bound))) }

    mutating func one<Element>(of list: [Element]) -> Element? {
      list.isEmpty ? nil : list[below(list.count)]
    }
  }

  private func settle(_ story: DisputeStory, _ memory: inout Memory) throws -> Message {
    var receipts: [Receipt] = []
    for _ in 0..<3 {
      memory.number += 1
      var receipt = try story.receipt(memory.number)
      if memory.below(2) == 0 { DisputeStory.shift(&receipt) }
      receipts.append(receipt)
    }
    var contents = try story.story.contents(receipts.map(\.settled))
    if memory.below(2) == 0 {
      let place = memory.below(3)
      contents.orders[place] = contents.orders[place].order.signed(by: erin.key)
      contents.receipts[place].order = contents.orders[place].digest
    }
    let sequence = story.chain.sequence(of: erin)
    memory.batches.append(
      DisputedBatch(
        id: Identifier(creator: erin.account, sequence: sequence), contents: contents,
        receipts: receipts))
    return .settleBatch(contents.message)
  }

  /// Draws what someone does next.
  private func draw(_ story: DisputeStory, _ memory: inout Memory) throws -> (Message, Person)? {
    let person = [bob, carol, alice][memory.below(3)]
    let verifier = verifiers[memory.below(5)]
    let dispute = memory.one(of: memory.disputes)
    let batch = memory.one(of: memory.batches.suffix(3).map { $0 })
    let verdict = Verdict.allCases[memory.below(Verdict.allCases.count)]
    switch memory.below(14) {
    case 0, 1: return (try settle(story, &memory), erin)
    case 2, 3, 4:
      guard let batch else { return nil }
      memory.disputes.append(
        Identifier(creator: person.account, sequence: story.chain.sequence(of: person)))
      switch memory.below(3) {
      case 0: return (story.opening(batch.answerClaim(1)), person)
      case 1:
        let piece = RunPiece.row(UInt32(memory.below(30)))
        return (story.opening(.run(run: story.story.run, piece: piece)), person)
      default:
        var right = batch.receipts[1]
        DisputeStory.shift(&right)
        return (story.opening(batch, right: right), person)
      }
    case 5:
      guard let dispute, let accused = story.chain.state.dispute(dispute)?.accused else {
        return nil
      }
      let concedes = memory.below(5) == 0
      return (
        story.answer(dispute, concedes: concedes), accused == erin.account ? erin : alice
      )
    case 6, 7, 8:
      guard let dispute else { return nil }
      let commitment = story.reveal(dispute, verdict).commitment(verifier: verifier.account)
      return (
        .commitVerdict(CommitVerdict(dispute: dispute, commitment: commitment)), verifier
      )
    case 9, 10:
      guard let dispute else { return nil }
      return (.revealVerdict(story.reveal(dispute, verdict)), verifier)
    case 11:
      guard let batch else { return nil }
      let index = memory.below(3)
      let piece = DataPiece.receipt(batch: batch.id, index: UInt32(index))
      let place = Int(memory.below(3))
      return memory.below(2) == 0
        ? (.demandData(DemandData(piece: piece, order: batch.openedOrder(Int(index)))), person)
        : (
          .serveData(
            ServeData(
              piece: piece,
              data: .receipt(opened: batch.opened(place), receipt: batch.receipts[place]))), erin
        )
    case 12:
      let found = batch.flatMap {
        FaultSearch(batch: $0.id, contents: $0.contents, state: story.chain.state)?
          .faultOfContents()
      }
      return found.map { ($0.message, person) }
    default:
      return memory.below(3) == 0
        ? (.retireVerifier(RetireVerifier()), verifier)
        : (.registerVerifier(RegisterVerifier(bond: tokens(10))), verifier)
    }
  }

  @Test(arguments: UInt64(0)..<6)
  func `whatever is disputed, every promise holds and no dispute outlives its deadlines`(
    seed: UInt64
  ) throws {
    var story = try DisputeStory()
    var memory = Memory(generator: SeededGenerator(seed: seed))
    var outcomes: Set<DisputeOutcome> = []
    // Answer, then twice a draw, commits and reveals, each of them five seconds and two blocks at
    // most, and a second for the block at which each ends.
    let longest: UInt64 = 7 * (5 + 1)
    for _ in 0..<100 {
      if story.balance(.serverBond(erin.account)) < tokens(50) {
        _ = try? story.chain.success(
          .depositServerBond(DepositServerBond(amount: tokens(10))), by: erin)
      }
      if let (message, person) = try draw(story, &memory) {
        try story.chain.block([story.chain.transaction(message, by: person)])
      }
      #expect(story.chain.state.brokenInvariants() == [], "seed \(seed)")
      let height = story.chain.head.header.height.number
      for (_, dispute) in story.chain.state.allDisputes() {
        if let outcome = dispute.outcome {
          outcomes.insert(outcome)
        } else {
          #expect(height - dispute.openedAt.number <= longest, "seed \(seed)")
        }
      }
    }
    try story.chain.pass(blocks: Int(longest))
    #expect(story.chain.state.allDisputes().allSatisfy { $0.dispute.isClosed }, "seed \(seed)")
    #expect(story.balance(.disputeBonds) == .zero && story.balance(.dataDeposits) == .zero)
    #expect(
      memory.batches.allSatisfy { story.chain.state.batch($0.id)?.status != .open },
      "seed \(seed)")
    #expect(story.chain.state.brokenInvariants() == [], "seed \(seed)")
    #expect(!outcomes.isEmpty, "seed \(seed)")
  }
}
