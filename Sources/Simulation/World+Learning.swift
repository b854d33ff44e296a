internal import Ledger
internal import Primitives

extension World {
  /// Remembers the names of what a message has made, and what its sender keeps to himself.
  mutating func learn(
    _ message: Message, _ secret: Secret?, by signer: Identifier<Account>,
    _ ordering: TransactionOrdering
  ) {
    switch (message, secret) {
    case (.openChannel, .channel(let key)):
      channels.remember(
        KnownChannel(id: Identifier(creator: signer, ordering: ordering), key: key), atMost: 24)
    case (.submitProposal, _):
      proposals.remember(Identifier(creator: signer, ordering: ordering), atMost: 10)
    case (.registerBaseModel, _):
      baseModels.remember(Identifier(creator: signer, ordering: ordering), atMost: 6)
    case (.submitRunRecord, .run(let run)):
      runs.remember(run.named(Identifier(creator: signer, ordering: ordering)), atMost: 16)
    case (.publishAdapter(let offer), _):
      adapters.remember(Identifier(creator: signer, ordering: ordering), atMost: 20)
      guard offer.line == nil else { break }
      lines.remember(Identifier(creator: signer, ordering: ordering), atMost: 12)
    case (.actAsAgent, .channel(let key)):
      channels.remember(
        KnownChannel(id: Identifier(creator: signer, ordering: ordering), key: key), atMost: 24)
    case (.settleBatch, .batch(let contents, let receipts, let isSuspect)):
      batches.remember(
        KnownBatch(
          id: Identifier(creator: signer, ordering: ordering), server: signer, contents: contents,
          receipts: receipts, isSuspect: isSuspect), atMost: 16)
    case (.registerAgent, _):
      agents.remember(Identifier(creator: signer, ordering: ordering), atMost: 8)
    case (.recordActions, .actions(let known)): actions.remember(known, atMost: 16)
    case (.demandAction(let demand), _): actionDemands.remember(demand.action, atMost: 8)
    case (.openDispute, _):
      disputes.remember(Identifier(creator: signer, ordering: ordering), atMost: 16)
    case (.commitVerdict, .verdict(let known)): verdicts.remember(known, atMost: 32)
    case (.presentReceipt(let message), _): presentations.remember(message, atMost: 8)
    case (.demandData(let demand), _): dataDemands.remember(demand.piece, atMost: 12)
    default: learnOfDatanets(message, secret, by: signer, ordering)
    }
  }

  private mutating func learnOfDatanets(
    _ message: Message, _ secret: Secret?, by signer: Identifier<Account>,
    _ ordering: TransactionOrdering
  ) {
    switch (message, secret) {
    case (.createDatanet, _):
      datanets.remember(
        KnownDatanet(id: Identifier(creator: signer, ordering: ordering)), atMost: 10)
    case (.commitContribution(let commit), .contribution(let salt, let root)):
      contributions.remember(
        KnownContribution(
          id: Identifier(creator: signer, ordering: ordering), datanet: commit.datanet,
          contributor: signer, salt: salt, recordsRoot: root), atMost: 60)
    case (.commitHeldOut(let commit), .heldOut(let salt, let blob)):
      heldOuts.remember(
        KnownHeldOut(
          epoch: EpochName(datanet: commit.datanet, epoch: commit.epoch), curator: signer,
          salt: salt, blob: blob), atMost: 24)
      change(commit.datanet) { $0.lastEpoch = max($0.lastEpoch, commit.epoch) }
    case (.draftVersion(let draft), _): change(draft.datanet) { $0.lastVersion += 1 }
    default: break
    }
  }

  private mutating func change(
    _ datanet: Identifier<Datanet>, _ change: (inout KnownDatanet) -> Void
  ) {
    guard let place = datanets.firstIndex(where: { $0.id == datanet }) else { return }
    change(&datanets[place])
  }
}
