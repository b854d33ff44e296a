import AttributionRules
import ClientAPI
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Testing
import TestKit

@Suite struct ExplanationTests {
  private func sources(
    _ world: World, _ published: PublishedReceipt
  ) async throws -> ExplanationSources {
    let order = published.receipt.order.order
    let settlement = try #require(published.settlement)
    let index = try await world.adapter.index
    return ExplanationSources(
      adapter: try #require(try await world.ledger.record(.adapter(order.adapter))),
      run: try #require(try await world.ledger.record(.run(published.receipt.run))),
      index: index,
      terms: try #require(try await world.ledger.feeTerms(order.terms)),
      batch: try await world.ledger.record(.batch(settlement.batch)), answer: "tiny",
      text: { record in
        index.origin(of: record).map { _ in .init(question: "q", answer: "a") }
      })
  }

  private func settled(_ world: World) async throws -> PublishedReceipt {
    let server = try world.server()
    let paid = world.paid(1)
    _ = try await server.complete(paid) { _ in }
    let order = try #require(paid.order)
    return try await world.settling(server) { try await world.receipt(order, from: server) }
  }

  private func sum(_ amounts: [Amount]) -> UInt128 { amounts.reduce(0) { $0 + $1.baseUnits } }

  @Test func `an explanation accounts for every unit of the fee`() async throws {
    let world = try await World()
    let published = try await settled(world)
    let receipt = published.receipt
    let told = try Explanation(of: published, from: try await sources(world, published))
    #expect(sum(told.parts.map(\.amount)) == receipt.fee.baseUnits)
    #expect(told.question == "q1?")
    #expect(Set(told.contributors.map(\.account)) == Set(receipt.payouts.map(\.account)))
    for contributor in told.contributors {
      let parts = [contributor.byInfluence, contributor.byUplift, contributor.byRetrieval]
      #expect(sum(parts) == contributor.amount.baseUnits)
    }
    #expect(sum(told.records.map(\.amount)) == sum(told.contributors.map(\.byInfluence)))
    #expect(told.records.map(\.record) == receipt.evidence.influence.records.map(\.record))
    #expect(told.records.allSatisfy { $0.text != nil && $0.heightInThousandths > 0 })
    #expect(told.settlement == .open)
  }

  @Test func `payouts that do not follow from the evidence are not explained`() async throws {
    let world = try await World()
    var published = try await settled(world)
    published.receipt.payouts[0].amount = Amount(baseUnits: 1)
    let sources = try await sources(world, published)
    #expect(throws: ReceiptFault.payoutWrong) {
      try Explanation(of: published, from: sources)
    }
  }
}
