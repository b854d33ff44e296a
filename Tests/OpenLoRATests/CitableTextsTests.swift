import AttributionRules
import ClientAPI
import Ledger
import Primitives
import TestKit
import Testing

@testable import OpenLoRA

@Suite struct CitableTextsTests {
  private func load(_ world: World) async throws -> PublishedTexts {
    try await PublishedTexts.load(
      of: world.run.manifest, index: world.run.index,
      artifacts: Artifacts(blobs: world.run.blobs), ledger: world.ledger)
  }

  private func withdraw(
    _ number: Int, to use: ContributionUse, in world: World
  ) async throws {
    try await world.ledger.succeed(
      .withdrawContribution(
        WithdrawContribution(
          contribution: TinyRun.contribution(of: contributors[number]), use: use)),
      by: contributors[number])
  }

  @Test func `a record is cited until its contribution is withdrawn from retrieval`() async throws {
    let world = try await World()
    let published = try await load(world)
    // The fifth record is the second contributor's.
    let record = try #require(world.run.texts[world.run.manifest.trained[4]])
    let citable = CitableTexts(published)
    let answer = Array("So it is: \(record.opened.spanText).".utf8)
    func spans(_ texts: CitableTexts) async throws -> SpanEvidence {
      try #require(try await texts.spans(answer: answer, prompt: [], ledger: world.ledger))
    }
    let cited = try await spans(citable)
    #expect(cited.spans.map { $0.sources.map(\.record) } == [[record.digest]])

    try await withdraw(1, to: .noNewTraining, in: world)
    #expect(try await spans(citable) == cited)
    try await withdraw(1, to: .retrievalOff, in: world)
    let left = try await spans(citable)
    #expect(left.spans.isEmpty)

    let later = try await load(world)
    #expect(later.withdrawn == Set(world.run.manifest.trained[4..<8]))
    #expect(try await spans(CitableTexts(later)) == left)
    // Whoever checks now takes both: the first was true when it was written.
    let audit = SpanAudit(
      answer: answer, prompt: [], records: later.spanRecords, withdrawn: later.withdrawn)
    #expect(audit.fault(in: cited) == nil)
    #expect(audit.fault(in: left) == nil)
  }

  @Test func `what the prompt said is not found again`() async throws {
    let world = try await World()
    let record = try #require(world.run.texts[world.run.manifest.trained[0]])
    let text = Array(record.opened.spanText.utf8)
    let spans = try await CitableTexts(load(world)).spans(
      answer: text, prompt: text, ledger: world.ledger)
    #expect(spans?.spans.isEmpty == true)
  }
}
