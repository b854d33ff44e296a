internal import CanonicalCoding
internal import Ledger
internal import Primitives
internal import Storage

/// The channels that requests brought along, each for one answer: on disk from before the ledger hears
/// of them until they are closed again, so that no payer's money waits for a server that crashed.
struct ChannelOpenings {
  /// Named by the channel; each document is the transaction that opens it.
  let folder: DocumentFolder

  func put(_ opening: Transaction, of channel: Identifier<Channel>) throws(StorageFailure) {
    try folder.put(opening.canonicalBytes, as: channel.description)
  }

  func remove(_ channel: Identifier<Channel>) throws(StorageFailure) {
    try folder.remove(channel.description)
  }

  func all() throws -> [(channel: Identifier<Channel>, opening: Transaction)] {
    try folder.names().map { name in
      guard let channel = Digest(hex: name), let bytes = try folder.bytes(of: name),
        let opening = try? Transaction(canonicalBytes: bytes)
      else {
        throw ServingFailure(
          .unsettledCorrupt, "\(folder.path)/\(name) opens no channel; restore or remove it")
      }
      return (Identifier(channel), opening)
    }
  }
}

extension Transaction {
  /// The channel that this opens, if it opens one in no order with others of its account.
  var channelOpened: (name: Identifier<Channel>, opening: OpenChannel, until: BlockTime)? {
    guard case .openChannel(let opening) = content.message,
      case .unordered(let expiry, _) = content.ordering
    else { return nil }
    return (
      Identifier(creator: content.signer, ordering: content.ordering), opening, expiry
    )
  }
}
