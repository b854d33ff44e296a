internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives
internal import Storage

/// Stands by this server's answers, and its operator's runs, when somebody disputes one: silence would
/// uphold the dispute.
struct DisputeAnswers {
  /// Disputes looked at in one go.
  static let answeredTogether = 64

  let ledger: any LedgerClient
  let blobs: BlobStore
  /// Published receipts, each named by its order's digest.
  let receipts: DocumentFolder
  let recipients: ReceiptRecipients
  let key: SigningKey
  let account: Identifier<Account>

  /// Answers every dispute about this account's batches and runs that waits for it.
  ///
  /// The grounds are the receipt's envelope or the run's manifest, which a panel finds among the blobs;
  /// of a private receipt a panel, which is drawn later, asks the server for one that it can open.
  /// - Throws: `ClientFailure`, `StorageFailure`; once all others are answered, ``ServingFailure``
  ///   with `artifactMissing` if a receipt is not here any more, or `settlementRejected`.
  func answerDue() async throws {
    let open = try await ledger.entries(
      withPrefix: [StateTable.openDisputes.rawValue], after: nil, limit: Self.answeredTogether)
    var unanswered: ServingFailure?
    for entry in open {
      try Task.checkCancellation()
      guard let target = try? DisputeTarget(canonicalBytes: Array(entry.key.dropFirst())),
        let id = try? Identifier<Dispute>(canonicalBytes: entry.value),
        let dispute = try await ledger.record(.dispute(id)), dispute.accused == account,
        case .answering = dispute.phase
      else { continue }
      do {
        guard let grounds = try await grounds(for: target) else { continue }
        try await standBy(id, grounds: grounds)
      } catch let failure as ServingFailure {
        unanswered = failure
      }
    }
    if let unanswered { throw unanswered }
  }

  /// What a panel recomputes from; nil for what this server does not answer for.
  private func grounds(for target: DisputeTarget) async throws -> Digest? {
    switch target {
    case .query(let batch, let leaf, _), .answer(let batch, let leaf):
      try blobs.put(try await envelope(of: BatchLeafName(batch: batch, leaf: leaf)))
    case .run(let run, _, _): try await ledger.record(.run(run))?.claim.manifest
    case .action: nil
    }
  }

  private func standBy(_ id: Identifier<Dispute>, grounds: Digest) async throws {
    let answer = AnswerDispute(dispute: id, concedes: false, grounds: grounds)
    let outcome = try await ledger.send(.answerDispute(answer), by: key, of: account)
    if let rejection = outcome.rejection, rejection != .dispute(.wrongPhase) {
      throw ServingFailure(
        .settlementRejected, "the ledger refuses the answer to dispute \(id): \(rejection)")
    }
  }

  /// The bytes of the receipt behind a leaf, as strangers get them.
  private func envelope(of leaf: BatchLeafName) async throws -> [UInt8] {
    guard let batch = try await ledger.record(.batch(leaf.batch)),
      let bytes = try blobs.bytes(of: batch.blob),
      let contents = try? BatchContents(canonicalBytes: bytes),
      contents.orders.indices.contains(Int(leaf.leaf)),
      let receipt = try receipts.bytes(
        of: contents.orders[Int(leaf.leaf)].order.signedDigest.description),
      let published = try? PublishedReceipt(canonicalBytes: receipt)
    else {
      throw ServingFailure(
        .artifactMissing,
        "a receipt of batch \(leaf.batch) is disputed and not here; restore \(receipts.path)")
    }
    return try await recipients.envelope(of: published).canonicalBytes
  }
}

extension DisputeTarget {
  /// The receipt that a dispute is about; nil for other claims than a server's.
  var leaf: BatchLeafName? {
    switch self {
    case .query(let batch, let leaf, _), .answer(let batch, let leaf):
      BatchLeafName(batch: batch, leaf: leaf)
    case .run, .action: nil
    }
  }
}
