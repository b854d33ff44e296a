internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// A datanet's name, and the held-out sets that were begun for it.
struct KnownDatanet: Sendable {
  let id: Identifier<Datanet>
  var lastEpoch: UInt32 = 0
  var lastVersion: UInt32 = 0
}

/// What a contributor hides behind a commitment.
struct KnownContribution: Sendable {
  let id: Identifier<Contribution>
  let datanet: Identifier<Datanet>
  let contributor: Identifier<Account>
  let salt: Digest
  let recordsRoot: Digest
}

/// What a curator hides behind a commitment.
struct KnownHeldOut: Sendable {
  let epoch: EpochName
  let curator: Identifier<Account>
  let salt: Digest
  let blob: Digest
}

/// The rows behind a run's roots, which may have been committed out of order: a fault.
struct KnownRun: Sendable {
  let id: Identifier<Run>
  let index: InfluenceIndex
  let rows: [IndexedRecord]
  let decoys: [IndexedRecord]

  /// The row or decoy at this place, with its path.
  func opened(_ place: Int, ofDecoys: Bool = false) -> OpenedRecord {
    let list = ofDecoys ? decoys : rows
    let tree = MerkleTree(leaves: list.map(\.canonicalBytes))
    return OpenedRecord(record: list[place], proof: tree.proof(ofLeaf: place))
  }

  /// A row of a record or of a decoy; nil if there is none.
  func row(of record: Digest) -> OpenedRecord? {
    if let place = rows.firstIndex(where: { $0.record == record }) { return opened(place) }
    return decoys.firstIndex { $0.record == record }.map { opened($0, ofDecoys: true) }
  }

  /// The rows beside the place where one of this name would stand.
  func gap(for name: RowName, among list: [OpenedRecord]) -> RowGap {
    let after = list.firstIndex { $0.record.name > name } ?? list.count
    return RowGap(
      before: after > 0 ? list[after - 1] : nil, after: after < list.count ? list[after] : nil)
  }

  func named(_ id: Identifier<Run>) -> KnownRun {
    KnownRun(id: id, index: index, rows: rows, decoys: decoys)
  }
}

/// A channel's name, and the key that signs its orders.
struct KnownChannel: Sendable {
  let id: Identifier<Channel>
  let key: SigningKey
}

/// The leaves behind a batch's roots, and the receipts behind the leaves.
struct KnownBatch: Sendable {
  let id: Identifier<Batch>
  let server: Identifier<Account>
  let contents: BatchContents
  let receipts: [Receipt]
  /// Whether something was changed in it on purpose.
  let isSuspect: Bool

  /// A receipt's leaf with its path.
  func opened(_ place: Int) -> OpenedReceipt {
    OpenedReceipt(
      leaf: contents.receipts[place], proof: contents.receiptsTree.proof(ofLeaf: place))
  }

  /// The receipt behind a leaf; nil if the leaf is of none.
  func receipt(ofLeaf place: Int) -> Receipt? {
    receipts.first { $0.digest == contents.receipts[place].receipt }
  }
}

/// The actions behind a run of an agent.
struct KnownActions: Sendable {
  let receipt: SignedActionReceipt
  let contents: [ActionRecord]

  var name: AgentRunName { AgentRunName(agent: receipt.receipt.agent, run: receipt.receipt.run) }
  var tree: MerkleTree { MerkleTree(leaves: contents.map(\.canonicalBytes)) }
}

/// What a verifier hides behind a commitment.
struct KnownVerdict: Sendable {
  let dispute: Identifier<Dispute>
  let verifier: Identifier<Account>
  let verdict: Verdict
  let salt: Digest
}
