import AttributionRules
import ClientAPI
import Ledger
import Primitives
import RunKit
import Testing

@testable import whence

/// `whence challenge` of runs, and the panels of `whence audit` that judge them: processes of their
/// own, which have nothing but what a node publishes over HTTP.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LiveChallengeTests {
  @Test func `a row that is another record's is found by a stranger, and a panel slashes the run`()
    async throws
  {
    try await LiveRuns.with { runs in
      let lied = try await runs.submit { run in
        let other = run.index.records[5].row
        run.changeRow(3) { _ in other }
      }
      let look = try await runs.challenge(lied, "--look")
      #expect(look.output.contains("wrong: run_row_wrong") && look.status == 1, "\(look)")
      #expect(try await runs.status(of: lied) == .open, "nothing was sent")

      let sent = try await runs.challenge(lied)
      #expect(sent.output.contains("wrong: run_row_wrong") && sent.status == 0, "\(sent)")
      #expect(try await runs.status(of: lied) == .disputed)
      let judged = try await runs.judged(lied)
      #expect(judged.verdicts == [.faulty, .faulty, .faulty] && judged.outcome == .upheld)
      #expect(try await runs.status(of: lied) == .slashed)
      #expect(try #require(try await runs.bond(of: lied)) < LiveRuns.bond)
    }
  }

  @Test func `an uplift that is raised is found once its questions are revealed`() async throws {
    try await LiveRuns.with { runs in
      let lied = try await runs.submit { $0.raiseUplift(of: 0) }
      let early = try await runs.challenge(lied)
      #expect(early.output.contains("not looked at: uplift"), "\(early)")
      #expect(early.output.contains("nothing is wrong") && early.status == 0, "\(early)")

      try await runs.reveal()
      let sent = try await runs.challenge(lied)
      #expect(sent.output.contains("wrong: run_uplift_wrong") && sent.status == 0, "\(sent)")
      #expect(sent.output.contains("rightly shared"))
      let judged = try await runs.judged(lied)
      #expect(judged.verdicts == [.faulty, .faulty, .faulty] && judged.outcome == .upheld)
      #expect(try await runs.status(of: lied) == .slashed)
    }
  }

  @Test func `an honest run is trained again and found right, and who disputes it loses`()
    async throws
  {
    try await LiveRuns.with { runs in
      let honest = try await runs.submit()
      try await runs.reveal()
      let clean = try await runs.challenge(honest, "--replay", "--as", LiveChain.verifierName)
      #expect(clean.output.contains("computing again: curvature and training"), "\(clean)")
      #expect(clean.output.contains("nothing is wrong") && clean.status == 0, "\(clean)")

      let before = try await runs.chain.node.balance(of: .account(payer.account))
      try await runs.chain.node.succeed(
        .openDispute(
          OpenDispute(
            claim: .run(run: honest, piece: .row(2), right: PayShares()),
            grounds: digest("spite"))), by: payer)
      let judged = try await runs.judged(honest)
      #expect(judged.verdicts == [.sound, .sound, .sound] && judged.outcome == .rejected)
      #expect(try await runs.status(of: honest) == .open)
      #expect(try await runs.bond(of: honest) == LiveRuns.bond)
      #expect(try await runs.chain.node.balance(of: .account(payer.account)) < before)
    }
  }
}
