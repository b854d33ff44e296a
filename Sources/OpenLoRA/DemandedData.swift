internal import AttributionRules
internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives
internal import Storage

/// Serves what anybody demands on the ledger of this server's batches, and of the runs that are here.
///
/// Whatever is not served within its window voids the batch and costs the bond, or slashes the run.
struct DemandedData {
  /// Demands answered at once; the others wait for the next look.
  static let servedTogether = 16

  let ledger: any LedgerClient
  let blobs: BlobStore
  /// Published receipts, each named by its order's digest.
  let receipts: DocumentFolder
  let key: SigningKey
  let account: Identifier<Account>

  /// Serves what is demanded and here; what is not here is somebody else's to serve.
  ///
  /// - Throws: `ClientFailure`, `StorageFailure`; once all others are served, ``ServingFailure`` with
  ///   `artifactMissing` for a piece of an own batch that is not here any more, or
  ///   `settlementRejected`.
  func serveDue() async throws {
    let demands = try await ledger.entries(
      withPrefix: [StateTable.dataDemands.rawValue], after: nil, limit: Self.servedTogether)
    var unserved: ServingFailure?
    for entry in demands {
      try Task.checkCancellation()
      guard let piece = try? DataPiece(canonicalBytes: Array(entry.key.dropFirst())) else {
        continue
      }
      do {
        guard let data = try await data(of: piece) else { continue }
        let outcome = try await ledger.send(
          .serveData(ServeData(piece: piece, data: data)), by: key, of: account)
        // Somebody may have served it meanwhile, which is as well.
        if let rejection = outcome.rejection, rejection != .dispute(.demandNotFound) {
          throw ServingFailure(
            .settlementRejected, "the ledger refuses demanded data: \(rejection)")
        }
      } catch let failure as ServingFailure {
        unserved = failure
      }
    }
    if let unserved { throw unserved }
  }

  private func data(of piece: DataPiece) async throws -> ServedData? {
    switch piece {
    case .receipt(let batch, let index):
      guard let contents = try await contents(of: batch) else { return nil }
      return try receipt(Int(index), of: contents)
    case .amount(let tree, let index):
      guard let contents = try await contents(of: tree.batch),
        let part = contents.amounts.first(where: { $0.adapter == tree.adapter }),
        part.leaves.indices.contains(Int(index))
      else { return nil }
      return .amount(
        OpenedAmount(leaf: part.leaves[Int(index)], proof: part.tree.proof(ofLeaf: Int(index))))
    case .row(let run, let index): return try await row(Int(index), of: run) { $0.records }
    case .decoy(let run, let index): return try await row(Int(index), of: run) { $0.decoys }
    }
  }

  /// What a batch of this server commits to; nil for another's.
  private func contents(of batch: Identifier<Batch>) async throws -> BatchContents? {
    guard let record = try await ledger.record(.batch(batch)), record.server == account else {
      return nil
    }
    guard let bytes = try blobs.bytes(of: record.blob),
      let contents = try? BatchContents(canonicalBytes: bytes)
    else {
      throw ServingFailure(
        .artifactMissing,
        "the contents of batch \(batch) are demanded and not here; restore \(record.blob)")
    }
    return contents
  }

  private func receipt(_ index: Int, of contents: BatchContents) throws -> ServedData? {
    guard contents.receipts.indices.contains(index) else { return nil }
    let name = contents.orders[index].order.signedDigest.description
    guard let bytes = try receipts.bytes(of: name),
      let published = try? PublishedReceipt(canonicalBytes: bytes)
    else {
      throw ServingFailure(
        .artifactMissing, "receipt \(name) is demanded and not here; restore \(receipts.path)")
    }
    let opened = OpenedReceipt(
      leaf: contents.receipts[index], proof: contents.receiptsTree.proof(ofLeaf: index))
    return .receipt(opened: opened, receipt: published.receipt)
  }

  /// A row of any run whose index is here, served or not; nil for another's.
  ///
  /// Cost: reads the index and hashes every row.
  private func row(
    _ index: Int, of id: Identifier<Run>, among list: (InfluenceIndex) -> [IndexedRecord]
  ) async throws -> ServedData? {
    let artifacts = Artifacts(blobs: blobs)
    guard let run = try await ledger.record(.run(id)), blobs.contains(run.claim.manifest) else {
      return nil
    }
    let manifest = try artifacts.manifest(of: run)
    guard blobs.contains(manifest.index) else { return nil }
    let rows = list(try artifacts.index(of: manifest, run: run))
    guard rows.indices.contains(index) else { return nil }
    let tree = MerkleTree(leaves: rows.map(\.canonicalBytes))
    return .row(OpenedRecord(record: rows[index], proof: tree.proof(ofLeaf: index)))
  }
}
