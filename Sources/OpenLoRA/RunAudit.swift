internal import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import Ledger
public import Primitives
public import Storage

/// Looks a run's published artifacts through for what integers show to be wrong.
///
/// Gradients, training and uplift are for `RunJudge`.
public struct RunAudit: Sendable {
  /// What is wrong with a run; the raw values are stable.
  public enum Fault: String, CaseIterable, Sendable {
    /// Two adjacent rows are not strictly sorted, or give one record two origins.
    case rowsDisordered = "run_rows_disordered"
    /// A row's record is not one that the manifest says was trained on.
    case rowNotTrained = "run_row_not_trained"
    /// A decoy's record is not one that the manifest says was drawn.
    case decoyNotDrawn = "run_decoy_not_drawn"
    /// A row credits another account than committed the contribution that it names.
    case originWrong = "run_origin_wrong"
  }

  /// What to send, and why.
  public struct Finding: Sendable {
    public let fault: Fault
    public let message: Message
  }

  public let ledger: any LedgerClient
  public let blobs: BlobStore

  public init(ledger: any LedgerClient, blobs: BlobStore) {
    self.ledger = ledger
    self.blobs = blobs
  }

  /// The first fault of a run, what the ledger decides at once before what a panel must look at.
  ///
  /// A dispute about a row names no shares, so that the run's uplift divides what it brought: without
  /// right rows nobody knows the right scores.
  /// - Throws: ``ServingFailure`` with `artifactMissing` or `artifactCorrupt` if what is published is
  ///   not what the run committed to; `ClientFailure`.
  /// - Complexity: hashes every row, and reads every contribution that one names.
  public func finding(in id: Identifier<Run>, of run: RunRecord) async throws -> Finding? {
    let published = try PublishedRows(of: run, in: Artifacts(blobs: blobs))
    if let proof = published.disorder(in: id) {
      return Finding(fault: .rowsDisordered, message: .proveIndexFault(proof))
    }
    let contributors = try await contributors(named: published.records + published.decoys)
    for (ofDecoys, rows) in [(false, published.records), (true, published.decoys)] {
      for (place, row) in rows.enumerated() {
        guard let fault = published.fault(of: row, ofDecoys: ofDecoys, contributors) else {
          continue
        }
        let piece = ofDecoys ? RunPiece.decoyRow(UInt32(place)) : .row(UInt32(place))
        let dispute = OpenDispute(
          claim: .run(run: id, piece: piece), grounds: run.claim.manifest)
        return Finding(fault: fault, message: .openDispute(dispute))
      }
    }
    return nil
  }

  /// What integers show to be wrong with a disputed piece; nil if only a recomputation could say.
  /// - Throws: as ``finding(in:of:)``.
  public func fault(of piece: RunPiece, in run: RunRecord) async throws -> Fault? {
    let (place, ofDecoys): (UInt32, Bool)
    switch piece {
    case .row(let index): (place, ofDecoys) = (index, false)
    case .decoyRow(let index): (place, ofDecoys) = (index, true)
    case .replay, .uplift: return nil
    }
    let published = try PublishedRows(of: run, in: Artifacts(blobs: blobs))
    let rows = ofDecoys ? published.decoys : published.records
    guard rows.indices.contains(Int(place)) else { return nil }
    let row = rows[Int(place)]
    return published.fault(of: row, ofDecoys: ofDecoys, try await contributors(named: [row]))
  }

  /// Who committed the contributions that rows name; without those that the ledger does not know.
  private func contributors(
    named rows: [IndexedRecord]
  ) async throws -> [Digest: Identifier<Account>] {
    var contributors: [Digest: Identifier<Account>] = [:]
    for group in Set(rows.map(\.origin.group)) {
      contributors[group] = try await ledger.record(.contribution(Identifier(group)))?.contributor
    }
    return contributors
  }
}

/// A run's rows as they were published and committed to, sorted or not.
private struct PublishedRows {
  let records: [IndexedRecord]
  let decoys: [IndexedRecord]
  private let recordTree: MerkleTree
  private let decoyTree: MerkleTree
  private let trained: Set<Digest>
  private let drawn: Set<Digest>

  init(of run: RunRecord, in artifacts: Artifacts) throws {
    let manifest = try artifacts.manifest(of: run)
    var decoder = CanonicalDecoder(try artifacts.bytes(manifest.index))
    do {
      _ = try decoder.decode(UInt32.self)
      records = try decoder.list(atMost: InfluenceIndex.largestCount)
      decoys = try decoder.list(atMost: InfluenceIndex.largestCount)
    } catch { throw Self.corrupt }
    recordTree = MerkleTree(leaves: records.map(\.canonicalBytes))
    decoyTree = MerkleTree(leaves: decoys.map(\.canonicalBytes))
    guard recordTree.root == run.claim.indexRoot, decoyTree.root == run.claim.decoyRoot else {
      throw Self.corrupt
    }
    trained = Set(manifest.trained)
    drawn = Set(manifest.decoys)
  }

  private static var corrupt: ServingFailure {
    ServingFailure(.artifactCorrupt, "the run's index is not the one it committed to")
  }

  func disorder(in run: Identifier<Run>) -> ProveIndexFault? {
    for (ofDecoys, rows, tree) in [(false, records, recordTree), (true, decoys, decoyTree)] {
      guard
        let place = rows.indices.dropLast().first(where: {
          !rows[$0].mayPrecede(rows[$0 + 1])
        })
      else { continue }
      func opened(_ place: Int) -> OpenedRecord {
        OpenedRecord(record: rows[place], proof: tree.proof(ofLeaf: place))
      }
      return ProveIndexFault(
        run: run, ofDecoys: ofDecoys, first: opened(place), second: opened(place + 1))
    }
    return nil
  }

  func fault(
    of row: IndexedRecord, ofDecoys: Bool, _ contributors: [Digest: Identifier<Account>]
  ) -> RunAudit.Fault? {
    if ofDecoys, !drawn.contains(row.record) { return .decoyNotDrawn }
    if !ofDecoys, !trained.contains(row.record) { return .rowNotTrained }
    guard let contributor = contributors[row.origin.group] else { return nil }
    return contributor.digest == row.origin.contributor ? nil : .originWrong
  }
}
