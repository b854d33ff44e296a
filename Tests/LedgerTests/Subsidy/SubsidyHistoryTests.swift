import Ledger
import Primitives
import Testing

/// One adapter's batches and claims through many epochs of a pool that is funded now and then.
private struct SubsidyHistory {
  var story: Story
  var books: ReferenceBooks
  var generator: SeededGenerator
  private var lastNumber: UInt64 = 0
  private var unclaimed: [(batch: Identifier<Batch>, claims: [AmountClaim])] = []

  static let genesis: Genesis = {
    var genesis = Genesis.test
    genesis.parameters.subsidy.epochWindow = Window(milliseconds: 14_000, blocks: 5)
    return genesis
  }()

  init(seed: UInt64) throws {
    generator = SeededGenerator(seed: seed)
    story = try Story(Self.genesis)
    try story.chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try story.bondServer()
    try story.passWindow()
    books = ReferenceBooks(Self.genesis)
    var (head, state) = try Self.genesis.start()
    for block in story.chain.blocks {
      let executed = try block.executed(on: head, state: state)
      head = executed.head
      state.apply(executed.writes)
      books.enter(executed)
    }
    story.makeEveryonePayable()
  }

  /// Makes a block of one message or none, and enters it into the books.
  mutating func step() throws -> ExecutedBlock {
    story.chain.stepInMilliseconds = 500 + generator.next(below: 3_000)
    let transaction = try message().map { story.chain.transaction($0.message, by: $0.person) }
    let executed = try story.chain.block(transaction.map { [$0] } ?? [])
    #expect(executed.results.allSatisfy { $0.rejection == nil })
    books.enter(executed)
    return executed
  }

  private mutating func message() throws -> (message: Message, person: Person)? {
    switch generator.next(below: 10) {
    case 0:
      // One answer is matched with some hundred units: many gifts are soon spent.
      let gift = generator.next(below: generator.next(below: 4) == 0 ? 20_000 : 400)
      return (.fundSubsidyPool(FundSubsidyPool(amount: Amount(baseUnits: UInt128(gift)))), carol)
    case 1...4:
      let receipts = try (1...1 + generator.next(below: 3)).map {
        try story.receipt(lastNumber + $0, among: &generator)
      }
      lastNumber += UInt64(receipts.count)
      let contents = try story.contents(receipts)
      let batch = Identifier<Batch>(
        creator: erin.account, sequence: story.chain.sequence(of: erin))
      unclaimed.append((batch, generator.shuffled(contents.claims(of: batch))))
      return (.settleBatch(contents.message), erin)
    default:
      let due = unclaimed.firstIndex { batch, claims in
        story.chain.state.batch(batch)?.status == .final && !claims.isEmpty
      }
      guard let due else { return nil }
      let count = min(unclaimed[due].claims.count, 1 + Int(generator.next(below: 3)))
      let claims = Array(unclaimed[due].claims.prefix(count))
      unclaimed[due].claims.removeFirst(count)
      return (.claimAmounts(ClaimAmounts(claims: claims)), bob)
    }
  }
}

@Suite struct SubsidyHistoryTests {
  @Test func `subsidies of every epoch agree with slow books, and an empty pool ends the last`()
    throws
  {
    var (epochs, paidLater, capped, dried) = (UInt64(0), 0, 0, 0)
    for seed in UInt64(0)..<4 {
      var history = try SubsidyHistory(seed: seed)
      var wasRunning = false
      for _ in 0..<130 {
        let executed = try history.step()
        let state = history.story.chain.state
        #expect(history.books.subsidies.agree(with: state), "seed \(seed)")
        let balances = Dictionary(
          uniqueKeysWithValues: state.allBalances().map { ($0.holder, $0.amount.baseUnits) })
        #expect(balances == history.books.balances.filter { $0.value > 0 }, "seed \(seed)")
        let epoch = state.subsidyEpoch
        epochs = max(epochs, epoch?.number ?? 0)
        let isPaid = executed.results.contains { result in
          result.events.contains { $0.kind == .subsidyPaid }
        }
        if isPaid, let epoch, epoch.number > 1 {
          paidLater += 1
          let income = history.books.subsidies.treasuryIncome - epoch.treasuryIncomeBefore.baseUnits
          if epoch.paid.baseUnits == income / 2 { capped += 1 }
        }
        if wasRunning, epoch == nil { dried += 1 }
        wasRunning = epoch != nil
      }
      #expect(history.story.chain.state.brokenInvariants() == [], "seed \(seed)")
    }
    #expect(
      epochs > 5 && paidLater > 20 && capped > 3 && dried > 3,
      "\(epochs), \(paidLater), \(capped), \(dried)")
  }
}
