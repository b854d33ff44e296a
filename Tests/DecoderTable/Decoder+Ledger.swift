internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Node
internal import Primitives

extension Decoder {
  /// What travels between clients and nodes, and lies in a node's store.
  static let ledger: [Decoder] = [
    .canonical(Message.self, samples: Samples.messages),
    .canonical(
      TransactionContent.self, samples: Samples.transactions.map(\.content.canonicalBytes)),
    .canonical(Transaction.self, samples: Samples.transactions.map(\.canonicalBytes)),
    Decoder(
      "CheckedTransaction", samples: Samples.transactions.map(\.canonicalBytes),
      read: { try CheckedTransaction(canonicalBytes: $0) },
      fault: { $0.transaction.canonicalBytes == $1 ? nil : "it encodes to other bytes" }),
    .canonical(BlockHeader.self),
    .canonical(Block.self, samples: [Samples.block.canonicalBytes]),
    .canonical(StoredProposal.self, samples: [Samples.proposal.canonicalBytes]),
    .canonical(ConsensusReport.self),
    .canonical(TransactionResult.self),
    .canonical(BlockJournal.self),
    .canonical(Event.self),
    .canonical(Genesis.self, samples: [Samples.genesis.canonicalBytes]),
    .canonical(StateEntry.self),
    .canonical(StateChunk.self, samples: [Samples.chunk.canonicalBytes]),
    .canonical(StateManifest.self, samples: [Samples.manifest.canonicalBytes]),
    .canonical(StateProof.self, samples: [Samples.stateProof.canonicalBytes]),
    .canonical(SignedOrder.self),
    .canonical(Receipt.self),
    .canonical(ReceiptDisclosure.self),
    .canonical(PublishedReceipt.self, samples: Samples.publishedReceipts),
    .canonical(ReceiptLeaf.self),
    .canonical(AmountLeaf.self),
    .canonical(BatchContents.self),
    .canonical(AmountClaim.self),
    .canonical(SignedActionReceipt.self),
  ]
}

/// Values of the ledger that no search would come upon.
private enum Samples {
  static let key = SigningKey(seed: [UInt8](repeating: 1, count: 32))

  /// One of each message at least.
  static let messages = TestData.hex("LedgerTests/Vectors/messages.json", member: "hex")

  static let transactions: [Transaction] = messages.compactMap { bytes in
    guard let key, let message = try? Message(canonicalBytes: bytes) else { return nil }
    return TransactionContent(
      chain: genesis.chain, publicKey: key.publicKey, sequence: 7, fee: Amount(baseUnits: 9),
      expiry: Height(11), message: message
    ).signed(by: key)
  }

  static let genesis = Genesis(
    name: "samples", symbol: "WHN", time: BlockTime(milliseconds: 1),
    allocations: key.map { [Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: 5))] }
      ?? [],
    parameters: LedgerParameters())

  /// Without a settlement, which takes a byte more.
  static let publishedReceipts = zip(
    SampleSearch.samples(of: Receipt.self), SampleSearch.samples(of: ReceiptDisclosure.self)
  ).map { $0 + $1 + [0] }

  static let header = BlockHeader(
    chain: genesis.chain, height: Height(3), time: BlockTime(milliseconds: 4), previous: .zero,
    transactionsRoot: .zero, resultsRoot: .zero, stateRoot: .zero)

  static let block = Block(header: header, transactions: Array(transactions.prefix(2)))

  static let proposal = StoredProposal(
    ProposedBlock(
      height: header.height, time: header.time, previous: .zero,
      transactions: block.transactions.compactMap {
        try? CheckedTransaction(canonicalBytes: $0.canonicalBytes)
      }))

  static let chunk = StateChunk(
    entries: [StateEntry(key: [1, 2], value: [3]), StateEntry(key: [1, 3], value: [])])

  /// The root and the proof of this are for others to check: only their forms count here.
  static let manifest = StateManifest(
    genesis: genesis, header: header, entryCount: 2,
    chunks: [SHA256.digest(of: chunk.canonicalBytes)])

  static let stateProof = StateProof(
    header: header, key: [1, 2], value: [3], proof: [10, 2, 8, 1])
}
