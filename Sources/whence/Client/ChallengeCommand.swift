import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Ledger
import Node
import NodeHTTP
import OpenLoRA
import Primitives
import Storage

extension Command {
  static let challenge = Command(
    name: "challenge",
    summary: "Look for a lie in a receipt, batch or run, and prove it on the ledger",
    operands: [
      .init(
        name: "CLAIM",
        help: "a receipt (an order's digest, or a file), a batch, or a run")
    ],
    options: [
      .node, .data, .signer,
      .init(name: "arithmetic", help: "look at integers only: no model needed"),
      .init(name: "replay", help: "train a run again too: as long as its training"),
      .init(name: "look", help: "say what is wrong and send nothing", excludes: ["as"]),
    ]
  ) { arguments in
    let source = try VerificationSource(
      node: arguments.nodeURL(), keys: arguments.recipientKeys())
    let challenge = Challenge(
      source: source, recomputes: !arguments.isOn("arithmetic"),
      trains: arguments.isOn("replay"))
    let claim = arguments.operand("CLAIM") ?? ""
    let findings = try await challenge.find(claim)
    guard !findings.isEmpty else {
      print(Terminal.standard.styled("nothing is wrong", .good))
      return
    }
    if arguments.isOn("look") {
      for found in findings { print(Terminal.standard.styled("wrong: \(found.code)", .bad)) }
      throw CommandFailed()
    }
    let keys = try DataFolder(existing: try arguments.dataPath()).keys
    let signer = try await keys.settled(arguments.signerName(in: keys), on: source.ledger)
    try await challenge.prove(findings, by: signer) {
      try await challenge.find(claim, again: true)
    }
  }
}

extension LedgerClient {
  /// Sends a message of a verifier's or challenger's, says what became of it, and ends the command
  /// if the ledger refuses it.
  func sendOnce(_ message: Message, by signer: KeyRing.Entry) async throws {
    let transaction = try await signed(
      message, by: signer.key, of: signer.account, ordering: .once(under: try await status()))
    let outcome = try await submit(transaction)
    print(Command.words(for: outcome, fee: transaction.content.fee))
    if outcome.rejection != nil { throw CommandFailed() }
  }
}

/// Looks for what is wrong with a claim, the cheapest checks first.
struct Challenge {
  struct Found {
    /// The fault, by its stable name.
    let code: String
    /// What has the ledger decide, at once or by a dispute.
    let message: Message
    /// Whether there may be more to do about the batch once the ledger knows.
    let mayLeadOn: Bool
    /// What the message stakes and says, for people.
    var words: String?
  }

  let source: VerificationSource
  let recomputes: Bool
  /// Whether runs are trained again.
  var trains = false

  /// - Parameter again: whether something of it is proved already; then a batch whose window is over
  ///   has nothing more to find.
  /// - Throws: `challenge_over` for what can't be challenged any more; `artifact_missing` for what
  ///   nobody publishes: that can be demanded on the ledger.
  func find(_ claim: String, again: Bool = false) async throws -> [Found] {
    if let digest = Digest(hex: claim) {
      if let batch = try await source.ledger.record(.batch(Identifier(digest))) {
        if again, batch.status != .open { return [] }
        return try await find(inBatch: Identifier(digest), batch)
      }
      if let run = try await source.ledger.record(.run(Identifier(digest))) {
        return try await find(inRun: Identifier(digest), run)
      }
    }
    return try await find(try await source.receipt(named: claim))
  }

  /// Looks for a lie in one receipt that is at hand.
  func find(_ published: PublishedReceipt, again: Bool = false) async throws -> [Found] {
    guard let settlement = published.settlement,
      let batch = try await source.ledger.record(.batch(settlement.batch))
    else {
      throw CommandFailure(
        .receiptMissing, "the receipt is in no batch, so nothing is claimed of it yet")
    }
    if again, batch.status != .open { return [] }
    return try await find(inBatch: settlement.batch, batch, only: published)
  }

  /// Looks for a lie in what the integers of a receipt without its text show.
  func find(_ receipt: Receipt, at leaf: BatchLeafName) async throws -> [Found] {
    guard let batch = try await source.ledger.record(.batch(leaf.batch)), batch.status == .open
    else { return [] }
    let contents = try await contents(of: leaf.batch, batch)
    guard let rows = try await rows(of: receipt) else { return [] }
    let state = try await state(for: leaf.batch, batch, rows: [rows])
    guard let search = FaultSearch(batch: leaf.batch, contents: contents, state: state) else {
      return []
    }
    return search.findings(
      of: receipt, at: Int(leaf.leaf), rows: rows, presented: try await presented(at: leaf, state)
    ).map(Found.init)
  }

  /// Has the ledger decide, and goes on with what it then knows: what is right takes the place of
  /// what was wrong.
  /// - Throws: `CommandFailed` if the ledger refuses a proof.
  func prove(
    _ findings: [Found], by signer: KeyRing.Entry, next: () async throws -> [Found]
  ) async throws {
    var findings = findings
    while !findings.isEmpty {
      for found in findings {
        print(Terminal.standard.styled("wrong: \(found.code)", .bad))
        if let words = found.words { print(words) }
        try await source.ledger.sendOnce(found.message, by: signer)
      }
      guard findings.allSatisfy(\.mayLeadOn) else { return }
      findings = try await next()
    }
  }

  // MARK: - Batches

  private func find(
    inBatch id: Identifier<Batch>, _ batch: BatchRecord, only one: PublishedReceipt? = nil
  ) async throws -> [Found] {
    guard batch.status == .open else {
      throw CommandFailure(
        .challengeOver, "batch \(id) is \(batch.status.codedText): its window is over")
    }
    let contents = try await contents(of: id, batch)
    var receipts: [(place: Int, published: PublishedReceipt)] = []
    var rows: [Identifier<Run>: FaultSearch.Rows] = [:]
    for (place, order) in contents.orders.enumerated() {
      let published: PublishedReceipt
      if let one {
        guard one.receipt.order == order else { continue }
        published = one
      } else {
        guard let receipt = try await openReceipt(of: order.order.signedDigest) else { continue }
        published = receipt
      }
      let run = published.receipt.run
      if rows[run] == nil { rows[run] = try await self.rows(of: published.receipt) }
      receipts.append((place, published))
    }
    let state = try await state(
      for: id, batch, rows: rows.sorted { $0.key < $1.key }.map(\.value))
    guard let search = FaultSearch(batch: id, contents: contents, state: state) else {
      throw CommandFailure(
        .artifactMissing,
        "what is published of batch \(id) is not what it commits to; demand its leaves: "
          + "`whence send demand_data`")
    }
    var findings: [Found] = []
    for (place, published) in receipts {
      guard let rows = rows[published.receipt.run] else { continue }
      let found = search.findings(
        of: published.receipt, at: place, rows: rows,
        presented: try await presented(at: BatchLeafName(batch: id, leaf: UInt32(place)), state),
        texts: try await spanTexts(of: published))
      findings += found.map(Found.init)
      if found.isEmpty, recomputes,
        let found = try await recomputed(
          published, before: contents.before(leaf: place, in: batch))
      {
        findings.append(found)
      }
    }
    // Most of what is wrong with leaves shows in what receipts are paid, and is put right there.
    if findings.isEmpty, let finding = search.faultOfContents() { return [Found(finding)] }
    return findings
  }

  /// What was presented in a receipt's place, as its transaction says.
  private func presented(
    at name: BatchLeafName, _ state: InMemoryState
  ) async throws -> Receipt? {
    guard let presented = state.struckReceipt(name)?.presented,
      let block = try await source.ledger.block(at: presented.height)
    else { return nil }
    for transaction in block.transactions {
      if case .presentReceipt(let message) = transaction.content.message,
        message.right.digest == presented.receipt
      {
        return message.right
      }
    }
    return nil
  }

  /// Nil for one that is private and for others: what it says is for its auditors to judge.
  private func openReceipt(of order: Digest) async throws -> PublishedReceipt? {
    do {
      return try await source.receipt(named: order.description)
    } catch let failure as CommandFailure where failure.code == .receiptPrivate {
      return nil
    }
  }

  func contents(
    of id: Identifier<Batch>, _ batch: BatchRecord
  ) async throws -> BatchContents {
    try await source.fetch(batch.blob)
    guard let bytes = try source.blobs.bytes(of: batch.blob),
      let contents = try? BatchContents(canonicalBytes: bytes)
    else {
      throw CommandFailure(
        .artifactMissing,
        "nobody publishes the leaves of batch \(id); demand them: `whence send demand_data`")
    }
    return contents
  }

  /// What judges a receipt's spans; nil without a tokenizer, or where the texts are not published.
  private func spanTexts(of published: PublishedReceipt) async throws -> SpanTexts? {
    let tokenizer = try? LocalModel.tokenizer()
    do {
      return try await ReceiptVerifier(
        ledger: source.ledger, blobs: source.blobs, tokenizer: tokenizer
      ).spanTexts(of: published)
    } catch let failure as ServingFailure
      where [.artifactMissing, .recordsErased].contains(failure.code)
    { return nil }
  }

  /// The part of the state that a judge of the batch reads.
  private func state(
    for id: Identifier<Batch>, _ batch: BatchRecord, rows: [FaultSearch.Rows]
  ) async throws -> InMemoryState {
    var keys: [[UInt8]] = [
      StateKey<ChainRecord>.chain.bytes, StateKey<LedgerParameters>.parameters.bytes,
      StateKey<BatchRecord>.batch(id).bytes,
    ]
    for draw in batch.draws.map(\.draw) {
      keys.append(StateKey<ChannelRecord>.channel(draw.channel).bytes)
    }
    for adapter in Set(batch.draws.map(\.draw.adapter)).sorted() {
      keys.append(StateKey<AdapterRecord>.adapter(adapter).bytes)
      keys.append(
        StateKey<BatchAmountsRecord>.batchAmounts(BatchAdapterName(batch: id, adapter: adapter))
          .bytes)
      if let record = try await source.ledger.record(.adapter(adapter)) {
        keys.append(StateKey<RunRecord>.run(record.offer.run).bytes)
      }
    }
    // Passages and sources stand in the order in which their groups were committed.
    for group in Set(rows.flatMap { $0.index.records + $0.index.decoys }.map(\.origin.group))
      .sorted()
    {
      keys.append(StateKey<ContributionRecord>.contribution(Identifier(group)).bytes)
    }
    var state = try await source.ledger.state(of: keys)
    // What is known of its receipts and amounts.
    for table in [
      StateTable.struckReceipts, .correctedReceipts, .correctedAmounts, .struckSpans, .voidReceipts,
    ] {
      let entries = try await source.ledger.entries(
        withPrefix: [table.rawValue] + id.canonicalBytes, after: nil, limit: LedgerPage.maximum)
      state.apply(entries.map { StateWrite(key: $0.key, value: $0.value) })
    }
    return state
  }

  private func rows(of receipt: Receipt) async throws -> FaultSearch.Rows? {
    guard let run = try await source.ledger.record(.run(receipt.run)) else { return nil }
    try await source.fetchArtifacts(of: receipt)
    let artifacts = Artifacts(blobs: source.blobs)
    return FaultSearch.Rows(try artifacts.index(of: artifacts.manifest(of: run), run: run))
  }

  // MARK: - What only a recomputation shows

  private func recomputed(
    _ published: PublishedReceipt, before: OpenedReceipt?
  ) async throws -> Found? {
    guard let settlement = published.settlement else { return nil }
    let engine = try LocalModel.open()
    let verifier = ReceiptVerifier(
      ledger: source.ledger, blobs: source.blobs, tokenizer: engine.tokenizer)
    let weights = try LocalModel.weightsDigest()
    let claim: DisputeClaim
    let code: ReceiptFault
    do {
      _ = try await verifier.checkByRecomputation(published, engine: engine, weights: weights)
      return nil
    } catch let fault as ReceiptFault where fault == .answerNotReproduced {
      code = fault
      claim = .answer(batch: settlement.batch, opened: settlement.opened, before: before)
    } catch let fault as ReceiptFault {
      code = fault
      claim = .query(
        batch: settlement.batch, opened: settlement.opened, receipt: published.receipt,
        right: try await verifier.rightPayouts(of: published, engine: engine, weights: weights))
    }
    // The panel recomputes from what is public; the grounds name the receipt as it is published.
    let grounds = SHA256.digest(of: published.canonicalBytes)
    return Found(
      code: code.rawValue, message: .openDispute(OpenDispute(claim: claim, grounds: grounds)),
      mayLeadOn: false)
  }
}

extension Challenge.Found {
  fileprivate init(_ finding: FaultSearch.Finding) {
    self.init(code: finding.code, message: finding.message, mayLeadOn: true)
  }
}
