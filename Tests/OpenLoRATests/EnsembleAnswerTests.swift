import AttributionRules
import CanonicalCoding
import ClientAPI
import Foundation
import LanguageModels
import Ledger
import Primitives
import RunKit
import Storage
import Testing

@testable import OpenLoRA

/// Two adapters of different runs that answer together.
@Suite struct EnsembleAnswerTests {
  private struct Pair {
    let world: World
    let second: ServedAdapter

    init(system: String? = nil) async throws {
      world = try await World()
      second = try await world.second(system: system)
    }

    func server() throws -> InferenceServer {
      try world.server(adapters: [world.adapter, second])
    }

    /// Signed as every client of ours does.
    func paid(
      _ model: String = "3*tiny+second", from number: UInt64 = 1, tokens: UInt32 = 6,
      isStreaming: Bool = false, by server: InferenceServer
    ) async throws -> PaidRequest {
      let choice = try ModelChoice(of: model, among: try await server.models())
      let body = ChatRequest(
        model: model, messages: [.init(role: .user, content: "q1?")], maximumTokens: tokens,
        sampling: ChatSampling(temperature: 0), isStreaming: isStreaming
      ).body
      let signer = PayerSigner(
        chain: world.genesis.chain, channel: world.channel, parameters: world.genesis.parameters,
        key: payer)
      let orders = try signer.orders(
        for: body, choice: choice, numbers: choice.parts.indices.map { number + UInt64($0) },
        salt: World.salt, expiry: BlockTime(milliseconds: 100_000_000))
      return PaidRequest(body: body, orders: orders, salt: World.salt)
    }

    func receipts(
      of paid: PaidRequest, from server: InferenceServer
    ) async throws -> [PublishedReceipt] {
      try await world.settling(server) {
        var receipts: [PublishedReceipt] = []
        for order in paid.orders { receipts.append(try await world.receipt(order, from: server)) }
        return receipts
      }
    }
  }

  @Test func `each adapter of an ensemble has a receipt, paid by its weight, that anybody repeats`()
    async throws
  {
    let pair = try await Pair()
    let (world, server) = (pair.world, try pair.server())
    let paid = try await pair.paid(by: server)
    let completion = try await server.complete(paid) { _ in }
    #expect(completion.orders == paid.orders.map(\.order.signedDigest))
    let receipts = try await pair.receipts(of: paid, from: server)
    #expect(
      Set(receipts.map(\.receipt.order.order.adapter)) == [world.adapter.id, pair.second.id])
    #expect(Set(receipts.map(\.receipt.run)).count == 2)

    let terms = world.genesis.parameters.receipts.terms
    for published in receipts {
      let receipt = published.receipt
      let isFirst = receipt.order.order.adapter == world.adapter.id
      let offer = (isFirst ? world.adapter : pair.second).record.offer
      func price(_ tokens: UInt32, _ rate: Amount) -> UInt128 {
        let whole = UInt128(tokens) * rate.baseUnits * (isFirst ? 3 : 1)
        return (whole + 3_999) / 4_000
      }
      #expect(
        receipt.fee.baseUnits
          == price(completion.tokensIn, offer.rateIn) + price(completion.tokensOut, offer.rateOut)
          + terms.platformFee.baseUnits)
      try await world.verifier.checkArithmetic(of: published)
      let share = Explanation.EnsembleShare(receipt.order.order)
      #expect(share?.weight == (isFirst ? 3 : 1) && share?.of == 4 && share?.adapters.count == 2)
      let cosine = try await world.verifier.checkByRecomputation(
        published, engine: world.run.engine, weights: TinyRun.weights)
      #expect(cosine >= ReceiptVerifier.leastCosine)
    }
    let fees = receipts.reduce(UInt128(0)) { $0 + $1.receipt.fee.baseUnits }
    #expect(completion.fee.baseUnits == fees)
    let escrow = try await world.ledger.balance(of: .channelEscrow(world.channel))
    #expect(escrow.baseUnits == World.deposit.baseUnits - fees)
    #expect(try world.unsettled() == [])
    #expect(world.troubles.all.isEmpty)
  }

  @Test func `an answer of other weights, or of one adapter alone, is not reproduced`() async throws
  {
    let pair = try await Pair()
    let (world, server) = (pair.world, try pair.server())
    var all: [SignedOrder] = []
    for (place, model) in ["tiny", "second", "tiny+second", "40*tiny+second"].enumerated() {
      let paid = try await pair.paid(model, from: UInt64(2 * place + 1), tokens: 24, by: server)
      _ = try await server.complete(paid) { _ in }
      all += paid.orders
    }
    let receipts = try await pair.receipts(
      of: PaidRequest(body: [], orders: all, salt: nil), from: server)
    let answers = receipts.map(\.disclosure.answer)
    let last = receipts.last
    #expect(Set(answers).count > 1, "all give the same answer")
    var forged = try #require(last)
    let other = try #require(answers.first { $0 != forged.disclosure.answer })
    forged.disclosure.answer = other
    forged.receipt.answer = forged.disclosure.answerDigest
    forged.receipt.tokensOut = UInt32(other.count)
    let text = forged.disclosure.answerText(by: world.run.engine.tokenizer)
    forged.receipt.answerText = forged.disclosure.saltedAnswer(text).digest
    await #expect(throws: ReceiptFault.answerNotReproduced) {
      try await world.verifier.checkByRecomputation(
        forged, engine: world.run.engine, weights: TinyRun.weights)
    }
  }

  @Test func `an ensemble is told what all its runs were told, and else nothing`() async throws {
    for (system, shared) in [(nil, TinyRun.recipe.systemMessage), ("Bye.", nil)] {
      let pair = try await Pair(system: system)
      let server = try pair.server()
      #expect(Answerers([(pair.world.adapter, 1), (pair.second, 1)]).systemMessage == shared)
      let paid = try await pair.paid(by: server)
      let completion = try await server.complete(paid) { _ in }
      let request = try ChatRequest(parsing: paid.body)
      let prompt = try request.promptTokens(
        system: shared, template: pair.world.run.engine.template)
      #expect(completion.tokensIn == UInt32(prompt.count))
      for published in try await pair.receipts(of: paid, from: server) {
        let spans = try await pair.world.verifier.checkArithmetic(of: published)
        #expect(spans == .chosenAnew)
      }
    }
  }

  @Test func `an ensemble's answer that was half kept is settled for all of its adapters`()
    async throws
  {
    let pair = try await Pair()
    let first = try pair.server()
    let paid = try await pair.paid(by: first)
    _ = try await first.complete(paid) { _ in }
    let names = try pair.world.unsettled()
    #expect(names.count == 2)
    // What a process leaves behind that ends between the two.
    let unsettled = try DocumentFolder(at: "\(pair.world.folder.path)/unsettled")
    try unsettled.remove(names[1])
    let next = try pair.server()
    #expect(try pair.world.unsettled() == names)
    let receipts = try await pair.receipts(of: paid, from: next)
    #expect(receipts.count == 2)
    #expect(pair.world.troubles.all.isEmpty)
  }

  @Test func `orders that do not pay for all of an ensemble are refused, and nothing is kept`()
    async throws
  {
    let pair = try await Pair()
    let (world, server) = (pair.world, try pair.server())
    let paid = try await pair.paid(by: server)
    func signed(_ edit: (Int, inout Order) -> Void) -> PaidRequest {
      var copy = paid
      for place in copy.orders.indices {
        var order = copy.orders[place].order
        edit(place, &order)
        copy.orders[place] = order.signed(by: payer)
      }
      return copy
    }
    var one = paid
    one.orders.removeLast()
    var swapped = paid
    swapped.orders.swapAt(0, 1)
    var foreign = paid
    foreign.orders[1].signature = foreign.orders[0].signature
    let cases: [(PaidRequest, InferenceFailure.Code)] = [
      (one, .orderInvalid), (swapped, .orderInvalid), (foreign, .orderSignatureInvalid),
      (signed { $1.ensemble[0].weight += 1 }, .orderInvalid),
      (signed { $1.ensemble = [] }, .orderInvalid),
      (signed { place, order in order.number = place == 0 ? 2 : 1 }, .orderUsed),
      (signed { place, order in if place == 1 { order.maximumFee = .zero } }, .maximumFeeTooLow),
      (signed { _, order in order.maximumFee = Amount(baseUnits: 600_000) }, .channelEmpty),
      (
        signed { place, order in order.expiry = BlockTime(milliseconds: 90_000_000 + UInt64(place))
        },
        .orderInvalid
      ),
    ]
    let before = try await world.everything()
    for (paid, code) in cases {
      do throws(InferenceFailure) {
        _ = try await server.complete(paid) { _ in }
        Issue.record("answered: \(code)")
      } catch {
        #expect(error.code == code, "\(error)")
      }
    }
    #expect(try await world.everything() == before)
    // Neither numbers nor money were kept aside.
    _ = try await server.complete(paid) { _ in }
  }

  @Test func `what names no ensemble is said so`() async throws {
    let pair = try await Pair()
    let server = try pair.server()
    let listings = try await server.models()
    let (a, b) = (pair.world.adapter.id, pair.second.id)
    for model in ["tiny+tiny", "tiny+nobody", "0*tiny+second", "tiny+", "01*tiny+second", "+"] {
      #expect(throws: InferenceFailure.self, "\(model)") {
        try ModelChoice(of: model, among: listings)
      }
      let paid = PaidRequest(
        body: ChatRequest(model: model, messages: [.init(role: .user, content: "q1?")]).body,
        order: nil, salt: nil)
      do throws(InferenceFailure) {
        _ = try await server.complete(paid) { _ in }
        Issue.record("answered: \(model)")
      } catch {
        #expect([.modelNotFound, .invalidRequest].contains(error.code), "\(model): \(error)")
      }
    }
    let byIdentifier = try ModelChoice(of: "2*\(a)+\(b)", among: listings)
    #expect(try ModelChoice(of: "second+2*tiny", among: listings) == byIdentifier)
    #expect(byIdentifier.ensemble.map(\.weight).sorted() == [1, 2])
    #expect(try ModelChoice(of: byIdentifier.identifier, among: listings) == byIdentifier)
    // Nine are too many.
    #expect(EnsembleName(Array(repeating: "a", count: 9).joined(separator: "+")) == nil)

    let searching = PaidRequest(
      body: ChatRequest(
        model: "tiny+second", messages: [.init(role: .user, content: "q1?")], passageLimit: 2
      ).body, order: nil, salt: nil)
    do throws(InferenceFailure) {
      _ = try await server.complete(searching) { _ in }
      Issue.record("passages of two runs")
    } catch { #expect(error.code == .unsupportedParameter) }
  }

  @Test func `ensembles that nobody uses leave memory, and answer the same when they come again`()
    async throws
  {
    let pair = try await Pair()
    let server = try pair.server()
    func answer(_ weight: Int, _ number: UInt64) async throws -> String {
      try await server.complete(
        try await pair.paid("\(weight)*tiny+second", from: number, by: server)
      ) { _ in }.text
    }
    let first = try await answer(1, 1)
    for weight in 2...12 { _ = try await answer(weight, UInt64(2 * weight)) }
    #expect(try await answer(1, 100) == first)
    let kept = await server.ensembles.count
    #expect(kept <= EnsembleShelf.mostIdle + 1)
  }

  @Test func `only so many ensembles are in memory at once`() async throws {
    let pair = try await Pair()
    let server = try pair.server()
    func answerers(_ weight: Int) -> Answerers {
      Answerers([(pair.world.adapter, UInt32(weight)), (pair.second, 100)])
    }
    for weight in 1...EnsembleShelf.mostUsed {
      _ = try await server.ensembles.lease(answerers(weight))
    }
    await #expect { try await server.lease(answerers(99)) } throws: {
      ($0 as? InferenceFailure)?.code == .overloaded
    }
    // What is there is had again, and a place that is given back is free.
    _ = try await server.lease(answerers(1))
    for _ in 0..<2 { await server.ensembles.release(answerers(1).ensemble) }
    _ = try await server.lease(answerers(99))
    #expect(await server.ensembles.count == EnsembleShelf.mostUsed + 1)
  }
}

extension World {
  /// Another run's adapter: the same records, trained for a shorter time.
  fileprivate func second(system: String?) async throws -> ServedAdapter {
    var other = run
    other.manifest.adapter = run.manifest.tracingAdapter
    if let system { other.manifest.recipe.systemMessage = system }
    try run.blobs.put(other.manifest.canonicalBytes)
    let base = adapter.run.claim
    let id: Identifier<Run> = try await ledger.make(
      .submitRunRecord(other.claim(of: base.version.datanet, base: base.baseModel)), by: builder)
    let published: Identifier<Adapter> = try await ledger.make(
      .publishAdapter(
        PublishAdapter(
          run: id, name: "second", rateIn: Amount(baseUnits: 3_000),
          rateOut: Amount(baseUnits: 50_000))), by: builder)
    return try await ServedAdapter.load(
      published, from: ledger, blobs: run.blobs, engine: run.engine, weights: run.baseWeights)
  }
}
