import Attribution
import AttributionRules
import ClientAPI
import Ledger
import ModelFactory
import OpenLoRA
import Primitives
import RunKit
import Storage
import TestKit
import Testing

/// Every lie of an adapter's owner, recomputed by whoever challenges it and by a panel.
@Suite struct RunJudgeTests {
  /// Judged on a chain of its own.
  private struct Case {
    let chain: LedgerOfRun<MemoryLedger>
    let id: Identifier<Run>
    let judge: RunJudge

    init(_ run: ClaimedRun, questions: Bool = true) async throws {
      chain = try await LedgerOfRun(MemoryLedger(.ofRuns))
      _ = try await chain.published(root: run.manifest.snapshotRoot)
      id = try await chain.submit(run)
      try await chain.ledger.succeed(
        .registerVerifier(RegisterVerifier(bond: Amount(baseUnits: 10))), by: contributors[2])
      judge = RunJudge(
        ledger: chain.ledger, record: try #require(try await chain.ledger.record(.run(id))),
        recomputation: run.recomputation, questions: questions ? try ClaimedRun.questions : nil)
    }

    /// What a member of a panel finds about a dispute that is opened now.
    func verdict(
      on piece: RunPiece, naming right: PayShares = PayShares()
    ) async throws -> Verdict {
      try await judge.verdict(
        on: piece, naming: right,
        openedAt: Height(try await chain.ledger.status().header.height.number + 1))
    }

    /// Takes a dispute from its opening to its end, as a verifier's process does.
    func judged(_ piece: RunPiece, naming right: PayShares) async throws -> DisputeOutcome? {
      let ledger = chain.ledger
      let id: Identifier<Dispute> = try await ledger.make(
        .openDispute(
          OpenDispute(
            claim: .run(run: id, piece: piece, right: right), grounds: digest("grounds"))),
        by: payer)
      try await ledger.succeed(
        .answerDispute(
          AnswerDispute(dispute: id, concedes: false, grounds: digest("grounds"))), by: builder)
      for _ in 0..<3 { try await ledger.pass(milliseconds: 2_000) }
      let folder = TemporaryFolder()
      let verifier = contributors[2]
      let duty = PanelDuty(
        ledger: ledger, verdicts: try DocumentFolder(at: folder.path), key: verifier,
        account: verifier.account, clock: { BlockTime(milliseconds: 0) })
      _ = try await duty.judgeNext { summons in
        guard case .run(_, let piece, _) = summons.dispute.target else { return nil }
        let named = try #require(try await ledger.record(.disputedShares(summons.id)))
        return try await judge.verdict(
          on: piece, naming: named, openedAt: summons.dispute.openedAt)
      }
      for _ in 0..<4 { try await ledger.pass(milliseconds: 20_000) }
      #expect(try await duty.revealDue().count == 1)
      for _ in 0..<5 { try await ledger.pass(milliseconds: 20_000) }
      return try await ledger.record(.dispute(id))?.outcome
    }
  }

  /// The honest run, with a lie in it.
  private func run(
    _ lie: (inout ClaimedRun) async throws -> Void = { _ in }
  ) async throws -> ClaimedRun {
    var run = try await ClaimedRun.honest.value
    try await lie(&run)
    return run
  }

  /// Has a lie found by its challenger, and judged by a panel.
  private func expect(
    _ fault: RunFault, _ piece: RunPiece, of lie: (inout ClaimedRun) async throws -> Void
  ) async throws {
    let lied = try await Case(run(lie))
    let finding = try #require(try await lied.judge.finding(.training))
    #expect(finding.fault == fault && finding.piece == piece)
    #expect(try await lied.judged(piece, naming: finding.right) == .upheld)
    #expect(try await lied.chain.ledger.record(.standing(of: lied.id))?.status == .slashed)
  }

  @Test func `an honest run is found sound, piece by piece`() async throws {
    let honest = try await Case(run())
    #expect(try await honest.judge.finding(.training) == nil)
    let open = honest.judge.record.groupUplift.filter { $0.microNats > 0 }
    #expect(!open.isEmpty, "somebody improves it")
    for piece: RunPiece in [.row(0), .row(15), .decoyRow(3), .replay, .uplift] {
      #expect(try await honest.verdict(on: piece) == .sound)
    }
    #expect(try await honest.judged(.row(2), naming: PayShares()) == .rejected)
  }

  @Test func `uplift can't be judged before its questions are revealed`() async throws {
    let hidden = try await Case(run { $0.raiseUplift(of: 0) }, questions: false)
    #expect(try await hidden.judge.finding(.rows) == nil)
    #expect(try await hidden.verdict(on: .uplift) == .undecidable)
    #expect(try await hidden.judged(.uplift, naming: PayShares()) == .dismissed)
  }

  @Test func `a row of another text is found`() async throws {
    try await expect(.rowWrong, .row(3)) { run in
      let other = run.index.records[5].row
      run.changeRow(3) { _ in other }
    }
  }

  @Test func `a row that is scaled up is found, and one that is rounded is not`() async throws {
    try await expect(.rowWrong, .row(7)) { run in
      run.changeRow(7) {
        SignRow(signs: $0.row.signs, scale: $0.row.scale / 1000 * 1005)
      }
    }
    let rounded = try await run { run in
      run.changeRow(7) {
        SignRow(signs: $0.row.signs, scale: $0.row.scale / 10_000 * 10_005)
      }
    }
    #expect(try await Case(rounded).verdict(on: .row(7)) == .sound)
  }

  @Test func `a row with a block of signs turned is found`() async throws {
    try await expect(.rowWrong, .row(11)) { run in
      run.changeRow(11) {
        SignRow(signs: [~$0.row.signs[0]] + $0.row.signs.dropFirst(), scale: $0.row.scale)
      }
    }
  }

  @Test func `a row that keeps what it shares with an earlier record is found`() async throws {
    let honest = try await run()
    let late = try #require(honest.trained.first { !$0.neighbours.isEmpty })
    let place = try #require(honest.index.records.firstIndex { $0.record == late.digest })
    try await expect(.rowWrong, .row(UInt32(place))) { run in
      let alone = TrainingRecord(digest: late.digest, origin: late.origin, text: late.text)
      let (_, whole) = try await ClaimedRun.traced(
        [alone], [], at: run.tracingAdapter, by: run.engine, curvatureOf: run.trained)
      run.changeRow(place) { _ in whole.records[0].row }
    }
  }

  @Test func `decoys that no header drew are found`() async throws {
    try await expect(.drawWrong, .replay) { run in
      let (kept, drawn) = (run.trained[0], run.decoys[0])
      let trained = run.heads.filter {
        $0.digest != kept.digest && (run.trained + [drawn]).contains($0)
      }
      let decoys = run.heads.filter { !trained.contains($0) }
      run.manifest.trained = trained.map(\.digest)
      run.manifest.decoys = decoys.map(\.digest).sorted()
      (run.adapter, run.tracingAdapter) = try await ClaimedRun.trained(on: trained, by: run.engine)
      (run.curvature, run.index) = try await ClaimedRun.traced(
        trained, decoys, at: run.tracingAdapter, by: run.engine, curvatureOf: trained)
    }
  }

  @Test func `a decoy that was trained on is found`() async throws {
    try await expect(.adapterWrong, .replay) { run in
      let (trained, decoys) = (run.trained, run.decoys)
      (run.adapter, run.tracingAdapter) = try await ClaimedRun.trained(
        on: run.heads, by: run.engine)
      (run.curvature, run.index) = try await ClaimedRun.traced(
        trained, decoys, at: run.tracingAdapter, by: run.engine, curvatureOf: trained)
      run.uplift = try await run.recomputation.uplift(on: ClaimedRun.questions).paid
    }
  }

  @Test func `another adapter than the recipe gives is found`() async throws {
    try await expect(.adapterWrong, .replay) { run in
      var recipe = ClaimedRun.recipe
      recipe.seed = 4
      run.adapter = try await ClaimedRun.trained(
        on: run.trained, recipe: recipe, by: run.engine
      ).whole
    }
  }

  @Test func `a curvature of other records is found`() async throws {
    try await expect(.curvatureWrong, .replay) { run in
      (run.curvature, run.index) = try await ClaimedRun.traced(
        run.trained, run.decoys, at: run.tracingAdapter, by: run.engine,
        curvatureOf: run.trained.filter { $0.origin == TinyRun.origin(of: contributors[0]) })
      run.uplift = try await run.recomputation.uplift(on: ClaimedRun.questions).paid
    }
  }

  @Test func `an uplift that is raised is found, and a dispute without the right shares is not`()
    async throws
  {
    try await expect(.upliftWrong, .uplift) { $0.raiseUplift(of: 0) }
    let lied = try await Case(run { $0.raiseUplift(of: 0) })
    let finding = try #require(try await lied.judge.finding(.rows))
    #expect(!finding.right.shares.isEmpty)
    // By the lie itself, or by what a friend of the liar's names.
    for wrong in [PayShares(), finding.right.favouring(contributors[0].account)] {
      #expect(try await lied.verdict(on: .uplift, naming: wrong) == .sound)
    }
    #expect(try await lied.judged(.uplift, naming: PayShares()) == .rejected)
  }

  @Test func `records that are not the version's are found`() async throws {
    try await expect(.recordsWrong, .replay) { run in
      run.manifest.snapshotRoot = digest("another snapshot")
    }
  }
}

extension PayShares {
  fileprivate func favouring(_ account: Identifier<Account>) -> PayShares {
    PayShares(
      shares: shares.map {
        PayShare(account: $0.account, weight: $0.account == account ? $0.weight * 3 : $0.weight)
      })
  }
}
