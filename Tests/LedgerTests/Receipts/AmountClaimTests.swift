import Cryptography
import Primitives
import Testing

@testable import Ledger

extension InMemoryState {
  /// How many records there are of batches' claims.
  fileprivate var remembered: Int {
    [StateTable.batchAmounts, .batchClaims, .batchCorrections].reduce(0) {
      $0 + entries(withPrefix: [$1.rawValue], after: nil, limit: .max).count
    }
  }
}

@Suite struct AmountClaimTests {
  /// A final batch of receipts that pay everyone, its epoch released.
  private func released(
    seed: UInt64, count: UInt64 = 5
  ) throws -> (Story, id: Identifier<Batch>, BatchContents) {
    var story = try Story()
    story.makeEveryonePayable()
    try story.chain.success(.depositServerBond(DepositServerBond(amount: Story.bond)), by: erin)
    var generator = SeededGenerator(seed: seed)
    let contents = try story.contents(
      try (1...count).map { try story.receipt($0, among: &generator) })
    let sequence = try story.chain.success(.settleBatch(contents.message), by: erin)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.passWindow()
    return (story, Identifier(creator: erin.account, sequence: sequence), contents)
  }

  @Test(arguments: UInt64(0)..<6)
  func `claims pay each payee once and sum to the tree's total`(seed: UInt64) throws {
    var (story, id, contents) = try released(seed: seed)
    let claims = contents.claims(of: id)
    let leaves = contents.amounts[0].leaves
    #expect(claims.count == Set(leaves.map(\.payee)).count)
    var paid: UInt128 = 0
    for claim in claims {
      let before = story.chain.state.balance(of: .account(claim.payee)).baseUnits
      // Anyone may ask: the validators' fee is dave's, who is only paid by his own claim.
      let asker = claim.payee == dave.account ? erin : dave
      try story.chain.success(.claimAmounts(ClaimAmounts(claims: [claim])), by: asker)
      let gain = story.chain.state.balance(of: .account(claim.payee)).baseUnits - before
      let expected = leaves.filter { $0.payee == claim.payee }.reduce(0) {
        $0 + $1.amount.baseUnits
      }
      #expect(gain + story.chain.state.dust(of: claim.payee).baseUnits == expected)
      paid += expected
      // With the last claim the ledger forgets all of them.
      #expect(
        try story.chain.rejection(of: .claimAmounts(ClaimAmounts(claims: [claim])), by: asker)
          == .receipt(claim == claims.last ? .batchNotFinal : .alreadyClaimed))
      #expect(story.chain.state.brokenInvariants() == [])
    }
    #expect(story.chain.state.remembered == 0)
    #expect(paid == contents.message.draws[0].payouts.baseUnits)
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == .zero)
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `a claim waits for finality and for the epoch's release`() throws {
    var story = try Story()
    let (id, contents) = try story.settledBatch(1...2)
    let claim = Message.claimAmounts(ClaimAmounts(claims: contents.claims(of: id)))
    #expect(try story.chain.rejection(of: claim, by: dave) == .receipt(.batchNotFinal))
    try story.passWindow()
    #expect(try story.chain.rejection(of: claim, by: dave) == .receipt(.epochNotReleased))
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    #expect(try story.chain.rejection(of: claim, by: dave) == .receipt(.epochNotReleased))
    try story.passWindow()
    try story.chain.success(claim, by: dave)
  }

  @Test func `a claim shows all of one payee's leaves and no others`() throws {
    var (story, id, contents) = try released(seed: 3)
    let claims = contents.claims(of: id)
    let middle = try #require(claims.dropFirst().first { $0.first != $0.last })
    func rejection(_ edit: (inout AmountClaim) -> Void) throws -> Rejection? {
      var claim = middle
      edit(&claim)
      return try story.chain.rejection(
        of: .claimAmounts(ClaimAmounts(claims: [claim])), by: dave)
    }
    let notProven = Rejection.receipt(.claimNotProven)
    #expect(try rejection { $0.before = nil } == notProven)
    #expect(try rejection { $0.after = nil } == notProven)
    #expect(try rejection { $0.first = $0.last } == notProven)
    #expect(try rejection { $0.last = $0.first } == notProven)
    #expect(try rejection { $0.before = $0.first } == notProven)
    #expect(try rejection { $0.first.leaf.amount = tokens(1) } == notProven)
    #expect(try rejection { $0.last.leaf.sum = tokens(1) } == notProven)
    // Another's leaves before one's own.
    #expect(
      try rejection {
        $0.before = claims[0].before
        $0.first = claims[0].first
      } == notProven)
    #expect(
      try rejection { $0.batch = Identifier(digest("none")) } == .receipt(.batchNotFinal))
    #expect(
      try story.chain.rejection(of: .claimAmounts(ClaimAmounts(claims: [])), by: dave)
        == .receipt(.batchEmpty))
  }

  @Test func `what is not worth paying accrues until it is`() throws {
    var genesis = Genesis.test
    genesis.parameters.receipts.dustThreshold = Amount(baseUnits: 50_000)
    var story = try Story(genesis)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    let before = story.chain.state.balance(of: .account(bob.account)).baseUnits
    // Each batch owes bob 33,000.
    let (first, one) = try story.settledBatch(1...1)
    let (second, two) = try story.settledBatch(2...2)
    try story.passWindow()
    try story.chain.success(.claimAmounts(ClaimAmounts(claims: one.claims(of: first))), by: dave)
    #expect(story.chain.state.dust(of: bob.account).baseUnits == 33_000)
    #expect(story.chain.state.balance(of: .account(bob.account)).baseUnits == before)
    #expect(story.chain.state.brokenInvariants() == [])
    try story.chain.success(.claimAmounts(ClaimAmounts(claims: two.claims(of: second))), by: dave)
    #expect(story.chain.state.dust(of: bob.account) == .zero)
    #expect(story.chain.state.balance(of: .account(bob.account)).baseUnits == before + 66_000)
    #expect(story.chain.state.balance(of: .dust) == .zero)
  }

  @Test func `what nobody claims lapses to the treasury, one claim window after the release`()
    throws
  {
    var genesis = Genesis.test
    genesis.parameters.receipts.claimWindow = Window(milliseconds: 30_000, blocks: 5)
    var story = try Story(genesis)
    story.makeEveryonePayable()
    var generator = SeededGenerator(seed: 7)
    let (id, contents) = try story.settledBatch(
      of: try (1...3).map { try story.receipt($0, among: &generator) })
    try story.passWindow()
    // Nothing lapses while the epoch is not released, however long that takes.
    try story.chain.pass(blocks: 70)
    let tree = BatchAdapterName(batch: id, adapter: story.adapter)
    let payouts = contents.draws[0].payouts
    #expect(story.chain.state.batchAmounts(tree)?.unclaimed == payouts)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.chain.pass(blocks: 11)
    let claims = contents.claims(of: id)
    try story.chain.success(.claimAmounts(ClaimAmounts(claims: [claims[0]])), by: alice)
    let rest = try #require(story.chain.state.batchAmounts(tree)?.unclaimed)
    #expect(rest > .zero && rest < payouts)
    #expect(story.chain.state.brokenInvariants() == [])

    let treasury = story.chain.state.balance(of: .treasury)
    try story.chain.pass(blocks: 40)
    #expect(story.chain.state.balance(of: .treasury) == (try treasury.adding(rest)))
    #expect(story.chain.state.total(of: .claimLapse) == rest)
    #expect(story.chain.state.balance(of: .contributorEscrow(story.run)) == .zero)
    #expect(story.chain.state.remembered == 0)
    #expect(
      try story.chain.rejection(of: .claimAmounts(ClaimAmounts(claims: [claims[1]])), by: dave)
        == .receipt(.batchNotFinal))
    #expect(story.chain.state.brokenInvariants() == [])
  }

  @Test func `what was claimed is forgotten a block's worth at a time`() throws {
    let story = try Story()
    let tree = BatchAdapterName(batch: Identifier(digest("batch")), adapter: story.adapter)
    var state = LedgerState(over: story.chain.state)
    for index in UInt8(0)..<10 {
      let name = BatchPayeeName(
        batch: tree.batch, adapter: tree.adapter, payee: Identifier(SHA256.digest(of: [index])))
      state.set(.batchClaim(name), to: tokens(1))
      state.set(.batchCorrection(name), to: tokens(1))
    }
    state.set(
      .batchAmounts(tree),
      to: BatchAmountsRecord(
        run: story.run, root: .zero, leafCount: 10, payouts: tokens(10), unclaimed: .zero))
    #expect(state.forgetClaims(on: tree, limit: 7) == 7)
    #expect(state.forgetClaims(on: tree, limit: 7) == 7)
    #expect(state.batchAmounts(tree) != nil)
    #expect(state.forgetClaims(on: tree, limit: 7) == 6)
    #expect(state.batchAmounts(tree) == nil)
    #expect(state.forgetClaims(on: tree, limit: 7) == 0)
  }

  @Test(arguments: UInt64(0)..<20)
  func `a payee who deals the work over accounts gets the same, to a unit a receipt`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    var whole: UInt128 = 0
    var dealt: UInt128 = 0
    let receipts = 30
    for _ in 0..<receipts {
      let pool = Amount(baseUnits: UInt128(1 + generator.next(below: 1 << 40)))
      let others = UInt128(generator.next(below: 1000))
      let own = (0..<4).map { _ in UInt128(generator.next(below: 1000)) }
      let all = own.reduce(0, +)
      whole += try splitByLargestRemainder(pool, weights: [others, all])[1].baseUnits
      dealt += try splitByLargestRemainder(pool, weights: [others] + own).dropFirst()
        .reduce(0) { $0 + $1.baseUnits }
    }
    let difference = whole > dealt ? whole - dealt : dealt - whole
    #expect(difference <= UInt128(receipts * 4), "seed \(seed)")
  }
}
