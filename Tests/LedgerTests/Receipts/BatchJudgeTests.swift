import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

@Suite struct BatchJudgeTests {
  /// A story with a bond, and the contents of a batch whose receipts pay three accounts.
  private func prepared(seed: UInt64, count: UInt64 = 6) throws -> (Story, BatchContents) {
    var story = try Story()
    story.makeEveryonePayable()
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    var generator = SeededGenerator(seed: seed)
    let receipts = try (1...count).map { try story.receipt($0, among: &generator) }
    return (story, try story.contents(receipts))
  }

  private func faults(_ contents: BatchContents, of message: SettleBatch, on story: inout Story)
    throws -> Set<BatchFault>?
  {
    let sequence = story.chain.sequence(of: erin)
    let executed = try story.chain.block([story.chain.transaction(.settleBatch(message), by: erin)])
    guard executed.results[0].rejection == nil else { return nil }
    let id = Identifier<Batch>(creator: erin.account, sequence: sequence)
    let judge = try #require(BatchJudge(of: id, in: story.chain.state))
    return Set(
      try contents.allEvidence.compactMap {
        // As a dispute carries it.
        judge.fault(shownBy: try BatchEvidence(canonicalBytes: $0.canonicalBytes))
      })
  }

  @Test(arguments: UInt64(0)..<8)
  func `nothing can be shown against an honest batch`(seed: UInt64) throws {
    var (story, contents) = try prepared(seed: seed)
    #expect(try faults(contents, of: contents.message, on: &story) == [])
  }

  @Test(arguments: UInt64(0)..<120)
  func `a lie anywhere in the leaves is refused at once, or shown by one leaf or two`(
    seed: UInt64
  ) throws {
    var (story, contents) = try prepared(seed: seed, count: 4)
    let honest = contents
    var generator = SeededGenerator(seed: seed &+ 1000)
    try lie(in: &contents, &generator)
    #expect(contents != honest)
    let found = try faults(contents, of: contents.message, on: &story)
    #expect(found != [], "seed \(seed)")
  }

  @Test(arguments: UInt64(0)..<40)
  func `totals that the leaves do not have are refused at once, or shown by the last leaf`(
    seed: UInt64
  ) throws {
    var (story, contents) = try prepared(seed: seed, count: 4)
    var generator = SeededGenerator(seed: seed)
    var message = contents.message
    let units = 1 + UInt128(generator.next(below: 3))
    switch generator.next(below: 5) {
    case 0: message.draws[0].fee = message.draws[0].fee.raised(by: units)
    case 1: message.draws[0].payouts = message.draws[0].payouts.raised(by: units)
    case 2: message.draws[0].refund = message.draws[0].refund.raised(by: units)
    case 3: message.draws[0].highestNumber += 1
    default:
      // Nobody is poorer in sum.
      message.draws[0].payouts = message.draws[0].payouts.raised(by: units)
      message.draws[0].refund = Amount(
        baseUnits: message.draws[0].refund.baseUnits - min(units, message.draws[0].refund.baseUnits)
      )
    }
    let found = try faults(contents, of: message, on: &story)
    #expect(found == nil || found?.isEmpty == false, "seed \(seed)")
  }

  /// Changes one field of one leaf, or the order of two.
  private func lie(in contents: inout BatchContents, _ generator: inout SeededGenerator) throws {
    let place = Int(generator.next(below: UInt64(contents.receipts.count)))
    let amount = Int(generator.next(below: UInt64(contents.amounts[0].leaves.count)))
    let units = 1 + UInt128(generator.next(below: 1000))
    switch generator.next(below: 16) {
    case 0: contents.receipts[place].fee = contents.receipts[place].fee.raised(by: units)
    case 1: contents.receipts[place].payouts = contents.receipts[place].payouts.raised(by: units)
    case 2: contents.receipts[place].refund = contents.receipts[place].refund.raised(by: units)
    case 3: contents.receipts[place].feeSum = contents.receipts[place].feeSum.raised(by: units)
    case 4:
      contents.receipts[place].payoutsSum = contents.receipts[place].payoutsSum.raised(by: units)
    case 5:
      contents.receipts[place].refundSum = contents.receipts[place].refundSum.raised(by: units)
    case 6: contents.receipts[place].tokensOut += 1
    case 7: contents.receipts[place].number += 1
    case 8: contents.receipts.swapAt(place, (place + 1) % contents.receipts.count)
    case 9: contents.amounts[0].leaves[amount].payee = Identifier(digest("stranger"))
    case 10: contents.amounts[0].leaves[amount].receipt += 1 + UInt32(generator.next(below: 9))
    case 11:
      contents.amounts[0].leaves[amount].amount =
        contents.amounts[0].leaves[amount].amount.raised(by: units)
    case 12:
      contents.amounts[0].leaves[amount].sum =
        contents.amounts[0].leaves[amount].sum.raised(by: units)
    case 13:
      contents.amounts[0].leaves[amount].ownSum =
        contents.amounts[0].leaves[amount].ownSum.raised(by: units)
    case 14:
      let other = (amount + 1) % contents.amounts[0].leaves.count
      contents.amounts[0].leaves.swapAt(amount, other)
    default:
      // The order was for less, or is not signed.
      var order = contents.orders[place].order
      order.maximumFee = Amount(baseUnits: 1)
      contents.orders[place] =
        generator.next(below: 2) == 0
        ? order.signed(by: dave.key) : contents.orders[place].order.signed(by: erin.key)
      contents.receipts[place].order = contents.orders[place].digest
    }
  }

  @Test func `an order is settled once, for the terms it names, while it lasts`() throws {
    func fault(_ edit: (inout Order) -> Void) throws -> Set<BatchFault>? {
      var story = try Story()
      try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
      let contents = try story.contents([try story.receipt(1, edit: edit)])
      return try faults(contents, of: contents.message, on: &story)
    }
    #expect(try fault { _ in } == [])
    #expect(try fault { $0.chain = Identifier(digest("fork")) } == [.orderDiffers])
    #expect(try fault { $0.expiry = BlockTime(milliseconds: 1) } == [.orderExpired])
    #expect(try fault { $0.rateIn = Amount(baseUnits: 1) } == [.termsDiffer])
    #expect(try fault { $0.terms = digest("kinder split") } == [.termsDiffer])
    #expect(try fault { $0.maximumFee = Amount(baseUnits: 99_078) } == [.feeWrong])
  }

  /// Another adapter of the story's run, at the same price.
  private static func twin(in story: inout Story) throws -> Identifier<Adapter> {
    Identifier(
      creator: alice.account,
      sequence: try story.chain.success(
        .publishAdapter(
          PublishAdapter(
            run: story.run, name: "twin", rateIn: Story.rateIn, rateOut: Story.rateOut)),
        by: alice))
  }

  @Test
  func `an order of an ensemble is of adapters of one base model, and for its part of the price`()
    throws
  {
    var story = try Story()
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    let twin = try Self.twin(in: &story)
    func part(_ adapter: Identifier<Adapter>, _ weight: UInt32) -> EnsemblePart {
      EnsemblePart(adapter: adapter, weight: weight)
    }
    func sorted(_ parts: [EnsemblePart]) -> [EnsemblePart] {
      parts.sorted { $0.adapter < $1.adapter }
    }
    let (own, stranger) = (story.adapter, Identifier<Adapter>(digest("stranger")))
    let good = sorted([part(own, 2), part(twin, 1)])
    let cases: [([EnsemblePart], Set<BatchFault>)] = [
      (good, []), (sorted([part(own, 2), part(stranger, 1)]), [.orderDiffers]),
      (good.reversed(), [.orderDiffers]), ([part(own, 1)], [.orderDiffers]),
      (sorted([part(own, 0), part(twin, 1)]), [.orderDiffers]),
      (sorted([part(twin, 1), part(stranger, 1)]), [.orderDiffers]),
    ]
    for (ensemble, expected) in cases {
      var copy = story
      var receipt = try copy.receipt(1) { $0.ensemble = good }
      receipt.order.order.ensemble = ensemble
      receipt.order = receipt.order.order.signed(by: dave.key)
      var contents = try copy.contents([try copy.receipt(1) { $0.ensemble = good }])
      contents.orders[0] = receipt.order
      contents.receipts[0].order = receipt.order.digest
      #expect(try faults(contents, of: contents.message, on: &copy) == expected, "\(ensemble)")
    }
    // Whoever takes the whole price for a part of the answer.
    let whole = try story.receipt(1)
    var contents = try story.contents([whole])
    contents.orders[0] = try story.receipt(1) { $0.ensemble = good }.order
    contents.receipts[0].order = contents.orders[0].digest
    #expect(try faults(contents, of: contents.message, on: &story) == [.feeWrong])
  }

  @Test func `one number in two draws of a channel is shown by both leaves`() throws {
    var story = try Story()
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    let other = try Self.twin(in: &story)
    let adapters = [story.adapter, other].sorted()
    // Numbers 1 and 3 by one adapter, 1 and 2 by the other.
    let receipts = try [(1, 0), (3, 0), (1, 1), (2, 1)].map { number, adapter in
      try story.receipt(UInt64(number)) { $0.adapter = adapters[adapter] }
    }
    let contents = try story.contents(receipts)
    var message = contents.message
    #expect(try story.chain.rejection(of: .settleBatch(message), by: erin) == .receipt(.numberUsed))
    message = try story.contents(Array(receipts.dropLast(1))).message
    let rest = try story.contents(Array(receipts.dropLast(1)))
    #expect(try faults(rest, of: message, on: &story) == [.numberTwice])
  }

  @Test func `a leaf that is none is shown by its bytes`() throws {
    var (story, contents) = try prepared(seed: 1, count: 1)
    let tree = MerkleTree(leaves: [[1, 2, 3]])
    var message = contents.message
    message.receiptsRoot = tree.root
    let sequence = try story.chain.success(.settleBatch(message), by: erin)
    let id = Identifier<Batch>(creator: erin.account, sequence: sequence)
    let judge = try #require(BatchJudge(of: id, in: story.chain.state))
    let proof = tree.proof(ofLeaf: 0)
    #expect(
      judge.fault(shownBy: .unreadableReceipt(bytes: [1, 2, 3], proof: proof)) == .leafUnreadable)
    #expect(judge.fault(shownBy: .unreadableReceipt(bytes: [1, 2, 4], proof: proof)) == nil)
    contents.amounts = []
  }
}

extension Amount {
  fileprivate func raised(by units: UInt128) -> Amount { Amount(baseUnits: baseUnits + units) }
}
