import ClientAPI
import Cryptography
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

/// A server and its customers while a vote replaces the fee terms.
@Suite struct FeeTermsVoteTests {
  private static let former = Genesis.test.parameters.receipts.terms
  private static let notice: UInt64 = 200_000

  private static func tokens(_ count: UInt128) -> Amount {
    Amount(baseUnits: count * 1_000_000_000_000_000_000)
  }

  /// The chain of the other tests, whose builder is its one validator, and votes are short.
  private static let genesis: Genesis = {
    var genesis = Genesis.test
    genesis.allocations = genesis.allocations.map { allocation in
      allocation.publicKey == builder.publicKey
        ? Allocation(publicKey: builder.publicKey, amount: tokens(1000)) : allocation
    }
    genesis.validators = [
      GenesisValidator(
        publicKey: builder.publicKey,
        claim: CreateValidator(
          consensusKey: SigningKey.test(9).publicKey, name: "builder", details: "",
          rate: .percent(5), maximumRate: .percent(5), maximumStep: .percent(1),
          stake: tokens(100)))
    ]
    genesis.parameters.governance = GovernanceParameters(
      initialDeposit: tokens(1), minimumDeposit: tokens(1),
      depositWindow: Window(milliseconds: 1000, blocks: 1),
      votingWindow: Window(milliseconds: 1000, blocks: 1),
      timelock: Window(milliseconds: 1000, blocks: 1), quorum: .percent(40),
      threshold: .percent(50), vetoShare: .percent(40), votingMaximum: 1, termsNotice: notice)
    return genesis
  }()

  /// New terms whose digest sorts before or after the former ones', as batches are sorted by it.
  private static func receipts(sortedFirst: Bool) -> ReceiptParameters {
    var receipts = genesis.parameters.receipts
    receipts.split.server = .percent(10)
    receipts.split.contributors = .percent(55)
    repeat {
      receipts.platformFee = Amount(baseUnits: receipts.platformFee.baseUnits + 1)
    } while (receipts.terms.digest < former.digest) != sortedFirst
    return receipts
  }

  /// Brings new terms into force, and returns until when the former ones settle.
  private func enact(_ receipts: ReceiptParameters, on world: World) async throws -> BlockTime {
    let replaced = world.genesis.parameters.current(.receipts).digest
    let proposal: Identifier<Proposal> = try await world.ledger.make(
      .submitProposal(
        SubmitProposal(
          title: "terms", summary: "", document: nil,
          content: .parameters(change: .receipts(receipts), replacing: replaced),
          deposit: Self.tokens(1))), by: builder)
    try await world.ledger.succeed(
      .castVote(CastVote(proposal: proposal, option: .yes)), by: builder)
    for _ in 0..<2 { try await world.ledger.pass(milliseconds: 2000) }
    #expect(try await world.ledger.status().parameters.receipts == receipts)
    let retired = try await world.ledger.record(.retiredTerms(Self.former.digest))
    return try #require(retired).settledUntil
  }

  private func paid(_ number: UInt64, _ terms: FeeTerms, in world: World) -> PaidRequest {
    let body = world.body()
    return PaidRequest(
      body: body, order: world.order(number, for: body) { $0.terms = terms.digest },
      salt: World.salt)
  }

  private func expectRefusal(
    _ paid: PaidRequest, by server: InferenceServer, in world: World
  ) async throws {
    let before = try await world.everything()
    do throws(InferenceFailure) {
      _ = try await server.complete(paid) { _ in Issue.record("a word of the answer left") }
      Issue.record("it was answered")
    } catch {
      #expect(error.code == .orderInvalid, "\(error)")
    }
    #expect(try await world.everything() == before)
  }

  /// The terms that a receipt's batch was settled by, once its leaf is in that batch.
  private func terms(of receipt: PublishedReceipt, in world: World) async throws -> FeeTerms {
    let batch = try #require(receipt.settlement?.batch)
    return try #require(try await world.ledger.record(.batch(batch))).terms
  }

  @Test(arguments: [true, false])
  func `orders of both terms on one channel settle by their own, in the order of their numbers`(
    isNewSortedFirst: Bool
  ) async throws {
    let world = try await World(on: Self.genesis)
    let server = try world.server()
    let receipts = Self.receipts(sortedFirst: isNewSortedFirst)
    // Before the vote is through, its terms are nobody's.
    try await expectRefusal(paid(1, receipts.terms, in: world), by: server, in: world)
    var expected = [Self.former]
    var fees = [try await server.complete(paid(1, Self.former, in: world)) { _ in }.fee]
    _ = try await enact(receipts, on: world)
    for (number, terms) in [(UInt64(2), receipts.terms), (3, Self.former), (4, receipts.terms)] {
      fees.append(try await server.complete(paid(number, terms, in: world)) { _ in }.fee)
      expected.append(terms)
    }
    // The same answer costs by either terms what they say.
    #expect(fees[0] == fees[2] && fees[1] == fees[3])
    let difference = receipts.platformFee.baseUnits - Self.former.platformFee.baseUnits
    #expect(fees[1].baseUnits == fees[0].baseUnits + difference)

    let published = try await world.settling(server) {
      var published: [PublishedReceipt] = []
      for (index, terms) in expected.enumerated() {
        let order = try #require(paid(UInt64(index + 1), terms, in: world).order)
        published.append(try await world.receipt(order, from: server))
      }
      return published
    }
    #expect(world.troubles.all.isEmpty)
    let verifier = world.verifier
    for (index, receipt) in published.enumerated() {
      #expect(try await terms(of: receipt, in: world) == expected[index])
      #expect(receipt.receipt.fee == fees[index])
      let parts = try expected[index].feeParts(
        of: receipt.receipt.order.order, tokensIn: receipt.receipt.tokensIn,
        tokensOut: receipt.receipt.tokensOut)
      let payouts = receipt.receipt.payouts.reduce(receipt.receipt.refund.baseUnits) {
        $0 + $1.amount.baseUnits
      }
      #expect(payouts == parts.contributors.baseUnits)
      try await verifier.checkArithmetic(of: receipt)
    }
    let escrow = try await world.ledger.balance(of: .channelEscrow(world.channel))
    let sum = fees.reduce(0) { $0 + $1.baseUnits }
    #expect(escrow.baseUnits == World.deposit.baseUnits - sum)
  }

  @Test
  func `an order of former terms is taken while a minute of the notice is left, then refused`()
    async throws
  {
    let world = try await World(on: Self.genesis)
    let clock = Clock()
    let server = try world.server(clock: { clock.now })
    let receipts = Self.receipts(sortedFirst: true)
    let until = try await enact(receipts, on: world).milliseconds
    clock.set(BlockTime(milliseconds: until - 60_000))
    _ = try await server.complete(paid(1, Self.former, in: world)) { _ in }
    clock.set(BlockTime(milliseconds: until - 59_999))
    try await expectRefusal(paid(2, Self.former, in: world), by: server, in: world)
    _ = try await server.complete(paid(2, receipts.terms, in: world)) { _ in }
    // The last block of the notice settles what was taken.
    let header = try await world.ledger.status().header.time.milliseconds
    try await world.ledger.pass(milliseconds: until - header - 50)
    try await world.settling(server) {
      for (number, terms) in [(UInt64(1), Self.former), (2, receipts.terms)] {
        let order = try #require(paid(number, terms, in: world).order)
        _ = try await world.receipt(order, from: server)
      }
    }
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `an answer that misses its terms' notice is reported and kept, and holds up no other`()
    async throws
  {
    let world = try await World(on: Self.genesis)
    let server = try world.server()
    let receipts = Self.receipts(sortedFirst: false)
    _ = try await server.complete(paid(1, Self.former, in: world)) { _ in }
    _ = try await enact(receipts, on: world)
    _ = try await server.complete(paid(2, receipts.terms, in: world)) { _ in }
    try await world.ledger.pass(milliseconds: Self.notice)
    try await world.settling(server) {
      let order = try #require(paid(2, receipts.terms, in: world).order)
      _ = try await world.receipt(order, from: server)
    }
    let trouble = try #require(world.troubles.all.first)
    #expect(world.troubles.all.count == 1 && !trouble.isRetried)
    #expect((trouble.cause as? ServingFailure)?.code == .settlementImpossible)
    #expect(try world.unsettled() == [] && world.setAside().contains(trouble.document))
  }
}
