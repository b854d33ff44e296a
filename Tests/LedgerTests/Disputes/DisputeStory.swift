import AttributionRules
import CanonicalCoding
import Cryptography
import Ledger
import Primitives
import Testing

let verifiers = (0..<5).map { Person("verifier \($0)") }

extension DisputeParameters {
  static let test = DisputeParameters(
    answerWindow: Window(milliseconds: 3_000, blocks: 2),
    drawWindow: Window(milliseconds: 1_000, blocks: 2),
    commitWindow: Window(milliseconds: 5_000, blocks: 2),
    revealWindow: Window(milliseconds: 3_000, blocks: 2),
    servingWindow: Window(milliseconds: 3_000, blocks: 2),
    retirementWindow: Window(milliseconds: 5_000, blocks: 2), disputeBond: tokens(10),
    demandDeposit: tokens(1), verifierBond: tokens(10), panelSize: 3, smallestPanel: 3,
    quorum: .percent(60), serverSlash: .whole, runSlash: .whole,
    agentSlash: .percent(50), absenceSlash: .percent(10), minoritySlash: .percent(20),
    winnerShare: .percent(40), panelShare: .percent(20))
}

/// The story, with an index behind its run that bob and carol share, erin's bond of 100, and
/// verifiers on request.
struct DisputeStory {
  var story: Story
  let index: InfluenceIndex
  let rows: MerkleTree

  init(verifiers count: Int = 5) throws {
    var genesis = Genesis.test
    genesis.parameters.disputes = .test
    genesis.parameters.agents = AgentStory.parameters
    genesis.allocations += verifiers.map {
      Allocation(publicKey: $0.key.publicKey, amount: tokens(100))
    }
    genesis.allocations.sort { $0.publicKey < $1.publicKey }
    story = try Story(genesis)
    index = Self.index(of: story)
    rows = MerkleTree(leaves: index.records.map(\.canonicalBytes))
    try story.chain.success(.depositServerBond(DepositServerBond(amount: tokens(100))), by: erin)
    try story.chain.block(
      verifiers.prefix(count).map {
        story.chain.transaction(
          .registerVerifier(RegisterVerifier(bond: tokens(20))), by: $0)
      })
    commitRun()
  }

  /// Puts index and uplift behind the run, past the rules.
  private mutating func commitRun() {
    guard var run = story.chain.state.run(story.run) else { return }
    run.claim.indexRoot = index.root
    run.claim.decoyRoot = index.decoyRoot
    run.claim.rowCount = UInt32(index.records.count)
    run.claim.decoyCount = UInt32(index.decoys.count)
    run.claim.uplift = run.claim.uplift.map {
      UpliftEntry(contribution: $0.contribution, contributor: $0.contributor, uplift: 1000)
    }
    // As if it had just been submitted.
    run.challengeEnds = Deadline(
      time: BlockTime(milliseconds: story.chain.head.header.time.milliseconds + 30_000),
      height: Height(story.chain.head.header.height.number + 3))
    story.chain.apply([
      StateWrite(key: StateKey<RunRecord>.run(story.run).bytes, value: run.canonicalBytes)
    ])
  }

  private static func index(of story: Story) -> InfluenceIndex {
    var generator = SeededGenerator(seed: 4)
    func row(_ name: String, _ place: Int, scale: UInt32) -> IndexedRecord {
      let (person, group) = place % 3 == 0 ? (carol, story.carols) : (bob, story.bobs)
      return IndexedRecord(
        record: text(name).digest, tokens: UInt32(10 + place),
        origin: RecordOrigin(contributor: person.account.digest, group: group.digest),
        row: SignRow(signs: [generator.next()], scale: scale))
    }
    return InfluenceIndex(
      dimension: 64, records: (0..<24).map { row("record \($0)", $0, scale: 1 << 30) },
      decoys: (0..<8).map { row("decoy \($0)", $0, scale: 1 << 10) })
  }

  var chain: TestChain {
    get { story.chain }
    set { story.chain = newValue }
  }

  func balance(_ holder: Holder) -> Amount { chain.state.balance(of: holder) }

  func balance(of person: Person) -> Amount { balance(.account(person.account)) }

  /// The honest receipt of an order's number.
  func receipt(_ number: UInt64, order edit: (inout Order) -> Void = { _ in }) throws -> Receipt {
    var order = story.order(number)
    edit(&order)
    var generator = SeededGenerator(seed: number)
    let evidence = Evidence(
      influence: index.evidence(
        for: QueryVector(values: (0..<64).map { _ in Int16(generator.next(below: 2000)) - 1000 })),
      spans: try texts(number).audit.evidence(), retrieval: try retrieval())
    let parts = try Genesis.testParameters.receipts.terms.feeParts(
      of: order, tokensIn: 31, tokensOut: 17)
    let run = try #require(chain.state.run(story.run))
    let pay = try run.contributorPay(of: parts.contributors, evidence: evidence, index: index)
    return Receipt(
      order: order.signed(by: dave.key), payer: dave.account, server: erin.account,
      baseModel: story.baseModel, run: story.run, answer: digest("answer \(number)"),
      answerText: Self.answer(number).digest, promptText: Self.prompt(number).digest,
      tokensIn: 31, tokensOut: 17, fee: parts.fee, evidence: evidence,
      payouts: pay.payouts.map(Payout.init), refund: pay.refund)
  }

  /// A record's text, by its row's name; all of them end alike.
  static func text(_ name: String) -> OpenedText {
    OpenedText(
      salt: digest(name), term: name, question: "What is \(name) about?",
      answer: "\(name.utf8.count * 37) quixotic zebras of \(name) juggle. \(common)")
  }

  private static let common = "Vexed wombats jog by the foggy quay at dawn."

  /// What an order's answer says: something of one record, and what all records say.
  static func answer(_ number: UInt64) -> SaltedText {
    let name = "record \(number)"
    let text = "\(name.utf8.count * 37) quixotic zebras of \(name) juggle, they say! \(common)!"
    return SaltedText(salt: digest("answer salt \(number)"), text: Array(text.utf8))
  }

  static func prompt(_ number: UInt64) -> SaltedText {
    SaltedText(
      salt: digest("prompt salt \(number)"), text: Array("What of record \(number)?".utf8))
  }

  /// What an order's spans are judged by.
  func texts(_ number: UInt64) throws -> SpanTexts {
    let names = (0..<24).map { "record \($0)" } + (0..<8).map { "decoy \($0)" }
    let records = try names.enumerated().map { place, name in
      let text = Self.text(name)
      let group = try #require(index.origin(of: text.digest)?.group)
      let priority = try #require(chain.state.contribution(Identifier(group))?.priority)
      return (
        opened: text,
        place: CommitPlace(
          height: priority.height, indexInBlock: priority.index,
          indexInContribution: UInt32(place))
      )
    }
    return SpanTexts(
      answer: Self.answer(number), prompt: Self.prompt(number), records: records, withdrawn: [])
  }

  /// Four passages in commit order, one of them a decoy, one of them harmful.
  func retrieval() throws -> RetrievalEvidence {
    let names = ["record 3", "record 5", "decoy 3", "record 7"].map { Self.text($0).digest }
    let found = try names.map { name in
      let group = try #require(index.origin(of: name)?.group)
      return (name, try #require(chain.state.contribution(Identifier(group))?.priority))
    }
    return RetrievalEvidence(
      likelihoods: AnswerLikelihoods(base: -900, adapter: -300, context: -500, both: -100),
      passages: found.sorted { $0.1 < $1.1 }.map { name, _ in
        RetrievedPassage(record: name, drop: name == Self.text("record 7").digest ? -5 : 30)
      })
  }

  /// A row of each passage.
  func rows(of retrieval: RetrievalEvidence?) throws -> [OpenedRecord] {
    try (retrieval?.passages ?? []).map { try opened($0.record) }
  }

  /// Settles a batch of three receipts, the second of which `lie` may change.
  mutating func batch(
    order edit: (inout Order) -> Void = { _ in },
    lie: (inout Receipt) -> Void = { _ in },
    inContents: (inout BatchContents) -> Void = { _ in }
  ) throws -> DisputedBatch {
    var receipts = try (1...3).map { try receipt($0, order: edit) }
    lie(&receipts[1])
    var contents = try story.contents(receipts.map(\.settled))
    inContents(&contents)
    let sequence = try chain.success(.settleBatch(contents.message), by: erin)
    return DisputedBatch(
      id: Identifier(creator: erin.account, sequence: sequence), contents: contents,
      receipts: receipts)
  }

  func opened(_ place: Int) -> OpenedRecord {
    OpenedRecord(record: index.records[place], proof: rows.proof(ofLeaf: place))
  }

  func opened(_ record: Digest) throws -> OpenedRecord {
    if let place = index.records.firstIndex(where: { $0.record == record }) { return opened(place) }
    let place = try #require(index.decoys.firstIndex { $0.record == record })
    return OpenedRecord(
      record: index.decoys[place],
      proof: MerkleTree(leaves: index.decoys.map(\.canonicalBytes)).proof(ofLeaf: place))
  }

  /// The rows beside the place where a record would stand.
  func gap(for record: Digest, ofDecoys: Bool) -> RowGap {
    let list = ofDecoys ? index.decoys : index.records
    let tree = MerkleTree(leaves: list.map(\.canonicalBytes))
    let after = list.firstIndex { $0.record > record } ?? list.count
    return RowGap(
      before: after > 0
        ? OpenedRecord(record: list[after - 1], proof: tree.proof(ofLeaf: after - 1)) : nil,
      after: after < list.count
        ? OpenedRecord(record: list[after], proof: tree.proof(ofLeaf: after)) : nil)
  }

  /// What moving one unit from carol to bob makes of payouts: a lie that sums to the same.
  static func shift(_ receipt: inout Receipt) {
    guard let from = receipt.payouts.firstIndex(where: { $0.account == carol.account }),
      let to = receipt.payouts.firstIndex(where: { $0.account == bob.account })
    else { return }
    let part = Amount(baseUnits: receipt.payouts[from].amount.baseUnits / 2)
    receipt.payouts[from].amount = receipt.payouts[from].amount - part
    receipt.payouts[to].amount = receipt.payouts[to].amount + part
  }
}

extension DisputeStory {
  func struck(_ place: Int, of batch: DisputedBatch) -> StruckReceipt? {
    chain.state.struckReceipt(BatchLeafName(batch: batch.id, leaf: UInt32(place)))
  }

  func search(_ batch: DisputedBatch) throws -> FaultSearch {
    try #require(FaultSearch(batch: batch.id, contents: batch.contents, state: chain.state))
  }

  /// What to do about a batch's receipts.
  func findings(
    in batch: DisputedBatch, presented: Receipt? = nil
  ) throws -> [FaultSearch.Finding] {
    let search = try search(batch)
    let rows = FaultSearch.Rows(index)
    return try batch.receipts.enumerated().flatMap { place, receipt in
      search.findings(
        of: receipt, at: place, rows: rows, presented: presented,
        texts: try texts(receipt.order.order.number))
    }
  }

  /// What to present in the place of the second receipt.
  func presentation(of batch: DisputedBatch) throws -> PresentReceipt {
    let messages = try findings(in: batch).map(\.message)
    let found = messages.compactMap { message -> PresentReceipt? in
      if case .presentReceipt(let presentation) = message { presentation } else { nil }
    }
    return try #require(found.first)
  }

  /// Pays everyone what they have coming of a batch once it is final, and returns what bob, carol
  /// and the channel hold then.
  mutating func paid(_ batch: DisputedBatch) throws -> [Amount] {
    try chain.success(.revealHeldOut(Story.heldOutReveal(of: story.datanet)), by: alice)
    try chain.pass(blocks: 20)
    #expect(chain.state.batch(batch.id)?.status == .final)
    let claims = ClaimAmounts(claims: batch.contents.claims(of: batch.id))
    try chain.success(.claimAmounts(claims), by: dave)
    #expect(chain.state.brokenInvariants() == [])
    return [balance(of: bob), balance(of: carol), balance(.channelEscrow(story.channel))]
  }
}

/// A settled batch with all that its server knows.
struct DisputedBatch {
  let id: Identifier<Batch>
  let contents: BatchContents
  let receipts: [Receipt]

  func opened(_ place: Int) -> OpenedReceipt {
    OpenedReceipt(
      leaf: contents.receipts[place], proof: contents.receiptsTree.proof(ofLeaf: place))
  }

  /// The claim that the model does not give an answer.
  func answerClaim(_ place: Int) -> DisputeClaim {
    .answer(batch: id, opened: opened(place), before: place > 0 ? opened(place - 1) : nil)
  }

  func openedOrder(_ place: Int) -> OpenedOrder {
    OpenedOrder(opened: opened(place), order: contents.orders[place])
  }

  /// What contributors get of it, and what of their part returns to the payer.
  var contributorsPart: Amount {
    contents.draws.reduce(.zero) { $0 + $1.payouts + $1.refund }
  }

  /// A percentage, rounded down, of what a server with a bond of 100 loses for it.
  func partOfSlash(_ percent: UInt128) -> Amount {
    Amount(baseUnits: (tokens(100) - contributorsPart).baseUnits * percent / 100)
  }

  func amount(_ place: Int) -> OpenedAmount {
    OpenedAmount(
      leaf: contents.amounts[0].leaves[place],
      proof: contents.amounts[0].tree.proof(ofLeaf: place))
  }

  func proof(_ evidence: FaultEvidence) -> Message {
    .proveBatchFault(ProveBatchFault(batch: id, evidence: evidence))
  }
}

extension Amount {
  static func + (one: Amount, other: Amount) -> Amount {
    Amount(baseUnits: one.baseUnits + other.baseUnits)
  }

  static func - (one: Amount, other: Amount) -> Amount {
    Amount(baseUnits: one.baseUnits - other.baseUnits)
  }
}

extension DisputeStory {
  /// One message of each kind, whether or not it would succeed.
  static func samples() throws -> [Message] {
    var story = try DisputeStory()
    let batch = try story.batch()
    let id = Identifier<Dispute>(digest("dispute"))
    let row = story.opened(3)
    let scores: [ScoreEvidence] = [
      .itself, .score(row), .omitted(row), .decoy(row),
      .absent(
        row: RowName(record: digest("r"), chunk: 1), gap: RowGap(before: nil, after: row)),
    ]
    let gap = RowGap(before: row, after: row)
    let passages: [PassageEvidence] = [
      .itself, .absent(record: digest("r"), records: gap, decoys: gap),
      .disordered(first: row, second: row),
    ]
    let (answer, prompt, text) = (Self.answer(1), Self.prompt(1), Self.text("record 1"))
    let spans: [SpanProof] = [
      .itself, .texts(answer: answer, prompt: prompt), .source(answer: answer, record: text),
      .absent(record: digest("r"), records: gap, decoys: gap),
      .disordered(span: 1, first: row, second: row),
      .omitted(
        OmittedSource(
          answer: answer, prompt: prompt, record: text, row: row,
          run: AnswerRange(start: 1, end: 9), last: row)),
    ]
    let evidence: [FaultEvidence] =
      [
        .arithmetic(shown: .receipt(batch.opened(1)), before: batch.opened(0)),
        .amount(
          opened: batch.opened(0), receipt: batch.receipts[0],
          shown: AmountEvidence(
            payee: bob.account, leaf: batch.amount(1), before: batch.amount(0),
            after: batch.amount(2))),
        .payouts(
          opened: batch.opened(0), receipt: batch.receipts[0], rows: [row], passages: [row]),
      ] + scores.map { .scores(opened: batch.opened(0), receipt: batch.receipts[0], evidence: $0) }
      + passages.map {
        .retrieval(opened: batch.opened(0), receipt: batch.receipts[0], evidence: $0)
      } + spans.map { .spans(opened: batch.opened(0), receipt: batch.receipts[0], proof: $0) }
    let name = BatchAdapterName(batch: batch.id, adapter: story.story.adapter)
    let run = story.story.run
    let pieces: [(DataPiece, ServedData)] = [
      (
        .receipt(batch: batch.id, index: 0),
        .receipt(opened: batch.opened(0), receipt: batch.receipts[0])
      ),
      (.amount(tree: name, index: 0), .amount(batch.amount(0))),
      (.row(run: run, index: 0), .row(row)), (.decoy(run: run, index: 0), .row(row)),
    ]
    let action = AgentActionName(
      run: AgentRunName(agent: Identifier(digest("a")), run: 1), index: 0)
    let claims: [DisputeClaim] = [
      .answer(batch: batch.id, opened: batch.opened(1), before: batch.opened(0)),
      .run(
        run: run, piece: .row(1),
        right: PayShares(shares: [PayShare(account: bob.account, weight: 3)])),
      .run(run: run, piece: .decoyRow(1)),
      .run(run: run, piece: .replay), .run(run: run, piece: .uplift), .action(action),
    ]
    return evidence.map(batch.proof) + claims.map(story.opening)
      + pieces.flatMap {
        [
          .demandData(DemandData(piece: $0)),
          .demandData(DemandData(piece: $0, order: batch.openedOrder(0))),
          .serveData(ServeData(piece: $0, data: $1)),
        ]
      } + [
        .proveIndexFault(ProveIndexFault(run: run, ofDecoys: true, first: row, second: row)),
        story.opening(batch, right: batch.receipts[0]), story.answer(id),
        .reportOutcome(
          ReportOutcome(
            batch: batch.id, opened: batch.opened(1), outcome: .passed,
            signature: dave.key.sign([1]))),
        .commitVerdict(CommitVerdict(dispute: id, commitment: digest("c"))),
        .revealVerdict(story.reveal(id, .faulty)),
        .registerVerifier(RegisterVerifier(bond: tokens(1))), .retireVerifier(RetireVerifier()),
        .presentReceipt(
          PresentReceipt(
            batch: batch.id, leaf: 1, wrong: batch.receipts[1], right: batch.receipts[1])),
      ]
  }
}
