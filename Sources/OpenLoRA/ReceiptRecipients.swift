internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Ledger
internal import Primitives

/// Who may open a private receipt: its payer's side and its server, the auditors drawn for it, and
/// the panel of a dispute about it.
struct ReceiptRecipients {
  let ledger: any LedgerClient
  /// The server's own key.
  let server: PublicKey

  /// The envelope in which a receipt is given to whoever asks.
  func envelope(of published: PublishedReceipt) async throws -> ReceiptEnvelope {
    let order = published.receipt.order.order
    guard !order.isPublic else { return .open(published) }
    var keys: Set = [server]
    if let channel = try await ledger.record(.channel(order.channel)) {
      keys.insert(channel.signingKey)
    }
    if let settlement = published.settlement {
      let index = UInt32(settlement.opened.proof.leafIndex)
      var accounts =
        try await ledger.auditDraw(of: settlement.batch)?
        .auditors(ofReceipt: index) ?? []
      accounts += try await panel(about: settlement.batch, index)
      for account in accounts {
        if let key = try await ledger.record(.account(account))?.publicKey { keys.insert(key) }
      }
    }
    return .sealed(
      SealedReceipt(published, for: keys, entropy: InferenceServer.drawnDigest))
  }

  /// The members of the panels that judge a receipt now.
  private func panel(
    about batch: Identifier<Batch>, _ index: UInt32
  ) async throws -> [Identifier<Account>] {
    let open = try await ledger.records(
      in: .openDisputes, named: DisputeTarget.self, as: Identifier<Dispute>.self)
    var members: [Identifier<Account>] = []
    for (target, id) in open where target.leaf == BatchLeafName(batch: batch, leaf: index) {
      members += try await ledger.record(.dispute(id))?.panel.map(\.verifier) ?? []
    }
    return members
  }
}
