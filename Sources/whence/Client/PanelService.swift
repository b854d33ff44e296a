import Foundation
import CanonicalCoding
import ClientAPI
import LanguageModels
import Ledger
import ModelFactory
import Node
import OpenLoRA
import Primitives
import Storage

/// A verifier's duty on panels, by program: recomputes what is disputed, commits and reveals.
struct PanelService {
  private let source: VerificationSource
  private let duty: PanelDuty
  private let recomputes: Bool

  /// - Parameter folder: keeps what is committed until it is revealed.
  init(
    source: VerificationSource, verifier: KeyRing.Entry, recomputes: Bool, folder: String
  ) throws {
    self.source = source
    self.recomputes = recomputes
    duty = PanelDuty(
      ledger: source.ledger,
      verdicts: try DocumentFolder(at: "\(folder)/\(verifier.account)"), key: verifier.key,
      account: verifier.account, clock: { .now() })
  }

  /// Judges and reveals until it is cancelled; both at once, because a reveal can't wait until a
  /// recomputation is done.
  func serve() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await repeatedly(every: .milliseconds(200), reveal) }
      group.addTask { try await repeatedly(every: .seconds(5)) { try await judge() } }
      try await group.next()
      group.cancelAll()
    }
  }

  func reveal() async throws {
    for step in try await duty.revealDue() { say(step) }
  }

  /// - Returns: whether a verdict is committed, so that there may be another dispute to judge.
  @discardableResult
  func judge() async throws -> Bool {
    guard let step = try await duty.judgeNext(verdict) else { return false }
    say(step)
    if case .committed = step { return true }
    return false
  }

  private func say(_ step: PanelDuty.Step) {
    switch step {
    case .committed(let id, let verdict): print("dispute \(id): found \(verdict.codedText)")
    case .revealed(let id, let verdict): print("dispute \(id): revealed \(verdict.codedText)")
    case .refused(let id, let rejection):
      print(Terminal.standard.styled("dispute \(id): the ledger refuses: \(rejection)", .bad))
    }
  }

  // MARK: - Recomputation

  /// Judges while there is time; whoever can't say by then says so, and was present.
  private func verdict(_ summons: PanelDuty.Summons) async throws -> Verdict? {
    try await withThrowingTaskGroup(of: Verdict?.self) { group in
      group.addTask { try await judge(summons) }
      group.addTask {
        while BlockTime.now() < summons.lastCall { try await Task.sleep(for: .seconds(1)) }
        return inability(summons, "there is no time left to compute it")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func judge(_ summons: PanelDuty.Summons) async throws -> Verdict? {
    do {
      switch summons.dispute.target {
      case .run(let run, let piece, _): return try await judge(run, piece, summons)
      case .action: return inability(summons, "no program judges what an agent did")
      case .query, .answer:
        guard recomputes else {
          return inability(summons, "only a model decides it; run without --arithmetic")
        }
      }
      switch summons.dispute.target {
      case .query(let batch, let leaf, _):
        guard let right = try await source.ledger.record(.disputedPayouts(summons.id))?.right
        else { return nil }
        return try await judge(BatchLeafName(batch: batch, leaf: leaf), summons) {
          try await $0.verdict(onQueryOf: $1, right: right, engine: $2, weights: $3)
        }
      case .answer(let batch, let leaf):
        return try await judge(BatchLeafName(batch: batch, leaf: leaf), summons) {
          try await $0.verdict(onAnswerOf: $1, engine: $2, weights: $3)
        }
      case .run, .action: return nil
      }
    } catch let failure as ClientFailure {
      throw failure
    } catch {
      try Task.checkCancellation()
      return inability(summons, "\(error)")
    }
  }

  /// `undecidable`, in plain words, once it is late: what can't be had now may come while there is
  /// time, or its verifier may judge by other means.
  private func inability(_ summons: PanelDuty.Summons, _ reason: String) -> Verdict? {
    guard summons.isLate || BlockTime.now() >= summons.lastCall else { return nil }
    print("dispute \(summons.id): can't be judged here: \(reason)")
    return .undecidable
  }

  /// `withheld`, once the accused has had time enough to show it.
  private func nothingShown(_ summons: PanelDuty.Summons, _ what: String) -> Verdict? {
    guard summons.isLate else { return nil }
    print("dispute \(summons.id): the accused does not show \(what)")
    return .withheld
  }

  private func judge(
    _ run: Identifier<Run>, _ piece: RunPiece, _ summons: PanelDuty.Summons
  ) async throws -> Verdict? {
    guard let record = try await source.ledger.record(.run(run)),
      let named = try await source.ledger.record(.disputedShares(summons.id))
    else { return nil }
    do {
      try await source.fetchArtifacts(of: record)
      let isWrong =
        try await RunAudit(ledger: source.ledger, blobs: source.blobs)
        .fault(of: piece, in: record) != nil
      guard recomputes else {
        return inability(summons, "only a model decides it; run without --arithmetic")
      }
      let judge = try await source.judge(
        of: run, record, engine: try LocalModel.open(), weights: try LocalModel.weightsDigest())
      return try await judge.verdict(
        on: piece, naming: named, openedAt: summons.dispute.openedAt, isKnownWrong: isWrong)
    } catch let failure as ServingFailure
      where [.artifactMissing, .artifactCorrupt].contains(failure.code)
    {
      return nothingShown(summons, "what recomputing the run takes: \(failure.message)")
    } catch let failure as CommandFailure where failure.code == .artifactMissing {
      return nothingShown(summons, "what recomputing the run takes: \(failure.message)")
    }
  }

  private func judge(
    _ leaf: BatchLeafName, _ summons: PanelDuty.Summons,
    _ find: (ReceiptVerifier, PublishedReceipt, LanguageEngine, Digest) async throws -> Verdict
  ) async throws -> Verdict? {
    guard let published = try await shown(leaf) else {
      return nothingShown(summons, "the receipt with its text")
    }
    let engine = try LocalModel.open()
    let verifier = ReceiptVerifier(
      ledger: source.ledger, blobs: source.blobs, tokenizer: engine.tokenizer)
    return try await find(verifier, published, engine, try LocalModel.weightsDigest())
  }

  /// The receipt with its text, and its run's artifacts; nil if the server shows something else, or
  /// what can't be read, though the node answers.
  private func shown(_ leaf: BatchLeafName) async throws -> PublishedReceipt? {
    do {
      guard let published = try await source.receipt(at: leaf), published.disclosureFault == nil
      else { return nil }
      try await source.fetchArtifacts(of: published.receipt)
      return published
    } catch {
      try Task.checkCancellation()
      print("receipt \(leaf.leaf) of batch \(leaf.batch): \(error)")
      _ = try await source.ledger.status()
      return nil
    }
  }
}

/// Does a verifier's duty again and again; a node that is away for a while is no reason to miss
/// what silence is slashed for.
func repeatedly(every interval: Duration, _ body: () async throws -> Void) async throws {
  while true {
    do {
      try await body()
    } catch {
      guard error is ClientFailure || error is InferenceFailure else { throw error }
      try Task.checkCancellation()
      print("\(error)")
      try await Task.sleep(for: .seconds(1))
    }
    // Whoever keeps the output in a file reads it while this runs.
    fflush(nil)
    try await Task.sleep(for: interval)
  }
}

extension VerificationSource {
  /// A settled receipt from its server's envelope; nil if there is none that opens and is the one
  /// settled.
  func receipt(at leaf: BatchLeafName) async throws -> PublishedReceipt? {
    guard let batch = try await ledger.record(.batch(leaf.batch)) else { return nil }
    do {
      let contents = try await Challenge(source: self, recomputes: false)
        .contents(of: leaf.batch, batch)
      guard contents.orders.indices.contains(Int(leaf.leaf)),
        contents.receipts.indices.contains(Int(leaf.leaf))
      else { return nil }
      let order = contents.orders[Int(leaf.leaf)].order.signedDigest
      let published = try await receipt(named: order.description)
      // What the server shows is what it settled.
      return published.receipt.digest == contents.receipts[Int(leaf.leaf)].receipt
        ? published : nil
    } catch let failure as CommandFailure {
      guard [.receiptPrivate, .receiptMissing, .artifactMissing].contains(failure.code) else {
        throw failure
      }
      return nil
    }
  }
}
