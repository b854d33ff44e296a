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
    default: break
    }
  }
}
