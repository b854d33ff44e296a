import AttributionRules
import ClientAPI
import LanguageModels
import Ledger
import ModelFactory
import NodeHTTP
import OpenLoRA
import Primitives

extension DemoStory {
  /// Questions, pay and checks.
  func finish(
    _ published: Published, contributors: [StoryFiles.Contributor], index: InfluenceIndex,
    node: String
  ) async throws -> DemoReport {
    let before = try await chain.client.allBalances()
    let questions = DemoQuestions(
      chain: chain, inference: HTTPInferenceClient(base: node), terminal: terminal)
    let names = Dictionary(
      uniqueKeysWithValues: index.records.map {
        ($0.record, published.names[$0.origin.group] ?? "?")
      })
    let (answers, channel) = try await questions.ask(
      DemoQuestions.choose(from: published.reworded), channelTokens: 100, names: names
    )
    try await reveal(published, closing: channel)
    // Whoever wants to challenge has time while all this is told.
    let card = try await card(published, node: node)
    let checked = try await verify(answers[0], node: node)

    try await untilReleased()
    let after = try await chain.client.allBalances()
    let statement = try await statement()
    tell(before: before, after: after, questions: questions, statement: statement)
    return DemoReport(
      training: published.training, card: card,
      contributors: try contributors.map {
        try contributor($0, published: published, card: card, before: before, after: after)
      }, answers: answers, feesIn: statement.feesIn, paidOut: statement.paidOut,
      genuine: checked.genuine,
      tampered: checked.tamperings.first { $0.verdict == "accepted" }?.verdict
        ?? checked.tamperings[0].verdict, tamperings: checked.tamperings, seconds: 0, peakBytes: 0)
  }

  /// The same story seen from outside the node.
  func from(_ node: String) -> DemoStory {
    DemoStory(
      plan: plan, data: data,
      chain: DemoChain(client: HTTPLedgerClient(base: node), keys: chain.keys), engine: engine,
      weights: weights, terminal: terminal, retraining: retraining)
  }

  /// Reveals the held-out set and closes the channel; then the ledger pays by itself.
  private func reveal(
    _ published: Published, closing channel: Identifier<Channel>
  ) async throws {
    try await chain.send(
      .revealHeldOut(
        RevealHeldOut(
          datanet: published.datanet, epoch: 1, salt: published.heldOutSalt,
          blob: published.heldOutBlob)), as: DemoChain.operatorName)
    try await chain.send(
      .closeChannel(CloseChannel(channel: channel)), as: DemoChain.customerName)
  }

  private func untilReleased() async throws {
    for _ in 0..<300 {
      let waiting = try await chain.client.allBalances().contains {
        switch $0.holder {
        case .contributorEscrow, .channelEscrow, .batchEscrow: true
        default: false
        }
      }
      if !waiting { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw CommandFailure(
      .workUnfinished, "the ledger did not release the contributors' money within 30 seconds")
  }

  /// What came in as fees and where it went, from the ledger's own totals.
  private func statement() async throws -> (
    feesIn: Amount, paidOut: Amount, parts: [(cause: MoveCause, total: Amount)]
  ) {
    let totals = try await chain.client.statement()
    let outward: Set<MoveCause> = [
      .platformFee, .treasuryPart, .validatorsPart, .baseModelPart, .adapterOwnerPart, .serverPart,
      .adapterStakersPart, .contributorRelease, .dustAccrual, .answerRefund,
    ]
    let parts = totals.filter { outward.contains($0.cause) }
    let feesIn = totals.first { $0.cause == .answerFee }?.total ?? .zero
    return (feesIn, Amount(baseUnits: parts.reduce(0) { $0 + $1.total.baseUnits }), parts)
  }

  private func contributor(
    _ contributor: StoryFiles.Contributor, published: Published, card: RunCardFigures,
    before: [(holder: Holder, amount: Amount)], after: [(holder: Holder, amount: Amount)]
  ) throws -> DemoReport.Contributor {
    let id = try chain.account(contributor.name)
    let account = Holder.account(id)
    func balance(_ balances: [(holder: Holder, amount: Amount)]) -> Amount {
      balances.first { $0.holder == account }?.amount ?? .zero
    }
    let group = published.training.uplift.groups.first {
      published.names[$0.origin.group] == contributor.name
    }
    return DemoReport.Contributor(
      name: contributor.name, kind: contributor.kind,
      uplift: Double(group?.certainMicroNats ?? 0) / 1_000_000,
      retrainedUplift: card.contributors.first { $0.account == id }
        .map { Double($0.retrained.value) / 1_000_000 },
      // Nobody pays a contributor anything else after the adapter is published.
      paid: try balance(after).subtracting(balance(before)))
  }

  private func tell(
    before: [(holder: Holder, amount: Amount)], after: [(holder: Holder, amount: Amount)],
    questions: DemoQuestions,
    statement: (feesIn: Amount, paidOut: Amount, parts: [(cause: MoveCause, total: Amount)])
  ) {
    print(terminal.title("The ledger, before the questions and after, in WHN"), terminator: "")
    let rows = after.map { holder, amount -> [String] in
      let earlier = before.first { $0.holder == holder }?.amount ?? .zero
      let name =
        if case .account(let id) = holder { questions.name(of: id) } else { "\(holder)" }
      return [
        name, earlier.tokens, amount.tokens,
        Self.change(from: earlier, to: amount),
      ]
    }
    print(terminal.table(["holder", "before", "after", "change"], rows), terminator: "")
    let supply = after.reduce(UInt128(0)) { $0 + $1.amount.baseUnits }
    print("  All balances sum to \(Amount(baseUnits: supply).tokens) WHN, as genesis minted.")
    print(
      "  Fees in \(statement.feesIn.tokens) WHN, paid out \(statement.paidOut.tokens) WHN: "
        + (statement.feesIn == statement.paidOut
          ? terminal.styled("equal to the last unit.", .good)
          : terminal.styled("NOT EQUAL.", .bad)))
  }

  private static func change(from earlier: Amount, to later: Amount) -> String {
    if later >= earlier {
      return "+" + Amount(baseUnits: later.baseUnits - earlier.baseUnits).tokens
    }
    return "-" + Amount(baseUnits: earlier.baseUnits - later.baseUnits).tokens
  }

  private func verify(
    _ answered: DemoQuestions.Answered, node: String
  ) async throws -> (genuine: String, tamperings: [(name: String, verdict: String)]) {
    print(terminal.title("A stranger checks the first receipt"), terminator: "")
    print("  private until now: the customer hands it over, question and answer with it")
    let source = try VerificationSource(node: node, artifacts: "\(data.path)/stranger")
    try await source.fetchArtifacts(of: answered.published.receipt)
    let verification = DemoVerification(
      verifier: ReceiptVerifier(
        ledger: source.ledger, blobs: source.blobs, tokenizer: engine.tokenizer),
      engine: engine, weights: weights)
    let genuine = try await verification.verdict(on: answered.published)
    print("  as published: \(terminal.styled(genuine, genuine == "accepted" ? .good : .bad))")
    var tamperings: [(name: String, verdict: String)] = []
    for (name, tampered) in DemoVerification.tamperings(of: answered.published) {
      let verdict = try await verification.verdict(on: tampered)
      tamperings.append((name, verdict))
      print("  \(name): \(verdict)")
    }
    return (genuine, tamperings)
  }
}
