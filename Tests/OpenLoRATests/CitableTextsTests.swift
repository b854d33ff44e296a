import AttributionRules
import ClientAPI
import Ledger
import Primitives
import RunKit
import Storage
import Testing
import TestKit

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

  @Test func `a text that is erased is nowhere any more, and what cited it is taken as it is`()
    async throws
  {
    let world = try await World()
    let record = try #require(world.run.texts[world.run.manifest.trained[4]])
    let other = try #require(world.run.texts[world.run.manifest.trained[0]])
    let answer = Array("\(record.opened.spanText) \(other.opened.spanText)".utf8)
    let cited = try #require(
      try await CitableTexts(load(world)).spans(answer: answer, prompt: [], ledger: world.ledger))
    #expect(Set(cited.spans.flatMap { $0.sources.map(\.record) }) == [record.digest, other.digest])

    let folder = TemporaryFolder()
    let blobs = try world.run.blobs(at: folder.path)
    try blobs.remove(record.text.blob)
    try await withdraw(1, to: .erased, in: world)
    let later = try await PublishedTexts.load(
      of: world.run.manifest, index: world.run.index, artifacts: Artifacts(blobs: blobs),
      ledger: world.ledger)
    #expect(later.erased == [record.digest: record.place])
    #expect(later.texts.texts.count == 15)
    let failure = #expect(throws: ServingFailure.self) { try later.text(of: record.digest) }
    #expect(failure?.code == .recordsErased)
    #expect(failure?.message.contains("\(record.digest)") == true)

    let left = try #require(
      try await CitableTexts(later).spans(answer: answer, prompt: [], ledger: world.ledger))
    #expect(left.spans.flatMap { $0.sources.map(\.record) } == [other.digest])
    func audit(erased: [Digest: CommitPlace]) -> SpanAudit {
      SpanAudit(
        answer: answer, prompt: [], records: later.spanRecords, withdrawn: later.withdrawn,
        erased: erased)
    }
    for evidence in [cited, left] {
      #expect(audit(erased: later.erased).fault(in: evidence) == nil)
    }
    // What cites a record that never was is no older receipt.
    #expect(audit(erased: [:]).fault(in: cited) == .sourceAbsent)
    // Nor does what is erased hide what is not.
    let omitting = SpanEvidence(
      spans: cited.spans.filter { $0.sources.map(\.record) == [record.digest] })
    #expect(audit(erased: later.erased).fault(in: omitting) == .spanOmitted)
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
