internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives
internal import Storage

/// Asks the ledger to pay contributors what this server's batches owe them, once they may be paid.
///
/// Anybody could ask; the server does, so that nobody has to.
struct ContributorClaims {
  /// Claims sent at once: below a transaction's size with trees of a million leaves.
  static let claimsTogether = 32

  let ledger: any LedgerClient
  let blobs: BlobStore
  /// Batches that owe something, by name; each document is the digest of the batch's contents.
  let batches: DocumentFolder
  let key: SigningKey
  let account: Identifier<Account>

  /// Remembers a batch that is about to be settled.
  func expect(_ batch: Identifier<Batch>, contents: Digest) throws {
    try batches.put(contents.bytes, as: batch.description)
  }

  /// Claims what can be claimed; forgets batches that owe nothing more.
  func claimDue() async throws {
    for name in try batches.names() {
      try Task.checkCancellation()
      guard let batch = Digest(hex: name).map({ Identifier<Batch>($0) }),
        let blob = try batches.bytes(of: name).flatMap({ Digest(bytes: $0) })
      else { continue }
      if try await isPaid(batch, contents: blob) { try batches.remove(name) }
    }
  }

  /// Claims what one batch owes, and says whether that was all.
  private func isPaid(_ batch: Identifier<Batch>, contents blob: Digest) async throws -> Bool {
    guard let record = try await ledger.record(.batch(batch)) else { return true }
    guard record.status == .final else { return record.status == .voided }
    guard let bytes = try blobs.bytes(of: blob) else {
      throw ServingFailure(.artifactMissing, "the contents of batch \(batch) are not here")
    }
    let contents = try BatchContents(canonicalBytes: bytes)
    var isAll = true
    var due: [AmountClaim] = []
    for claim in contents.claims(of: batch) {
      // Forgotten once all of it is claimed.
      let tree = BatchAdapterName(batch: batch, adapter: claim.adapter)
      guard try await ledger.record(.batchAmounts(tree)) != nil else { continue }
      let name = BatchPayeeName(batch: batch, adapter: claim.adapter, payee: claim.payee)
      guard try await ledger.record(.batchClaim(name)) == nil else { continue }
      switch try await heldOut(measuring: claim) {
      case let set? where set.isWithheld: continue  // What nothing measures is due to nobody.
      case let set? where try await isReleased(set): due.append(claim)
      default: isAll = false
      }
    }
    while !due.isEmpty {
      let outcome = try await ledger.send(
        .claimAmounts(ClaimAmounts(claims: Array(due.prefix(Self.claimsTogether)))),
        by: key, of: account)
      if let rejection = outcome.rejection {
        throw ServingFailure(
          .settlementRejected, "the ledger refuses claims on batch \(batch): \(rejection)")
      }
      due.removeFirst(min(due.count, Self.claimsTogether))
    }
    return isAll
  }

  /// The held-out set that a claim's run is measured on.
  private func heldOut(measuring claim: AmountClaim) async throws -> HeldOutRecord? {
    guard let adapter = try await ledger.record(.adapter(claim.adapter)),
      let run = try await ledger.record(.run(adapter.offer.run))
    else { return nil }
    return try await ledger.record(.heldOut(run.epoch))
  }

  private func isReleased(_ set: HeldOutRecord) async throws -> Bool {
    guard let release = set.release else { return false }
    let header = try await ledger.status().header
    return release.hasCome(at: header.time, height: header.height)
  }
}
