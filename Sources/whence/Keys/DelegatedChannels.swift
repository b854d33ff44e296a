import ClientAPI
import Cryptography
import Ledger
import NodeHTTP
import Primitives
import Storage

/// Channels whose orders their payers left to the server to sign, for clients that come with an API key.
///
/// Such a channel was opened with the server's own key as its signing key: the ledger itself says so,
/// and counts all that is earned on it as the server's own side.
actor DelegatedChannels {
  private let server: KeyRing.Entry
  private let ledger: any LedgerClient
  private let numbers: DocumentFolder
  private let folder: APIKeyFolder
  /// The keys as they were read last, and when.
  private var read: (keys: [APIKey], at: ContinuousClock.Instant)?

  init(of data: DataFolder, server: KeyRing.Entry, ledger: any LedgerClient) throws {
    self.server = server
    self.ledger = ledger
    numbers = try DocumentFolder(at: "\(data.path)/api-keys-numbers")
    folder = try APIKeyFolder(of: data)
  }

  /// What a node's routes sign with.
  nonisolated var signing: KeySigning {
    let folder = folder
    return KeySigning(
      keys: { try await self.keys() }, signer: { try await self.signer(of: $0) },
      nextNumber: { try await self.nextNumber(of: $0) },
      spent: { try folder.spent(by: $0, on: $1) }, store: { try folder.store($2, by: $0, on: $1) })
  }

  /// Read again after a second, so that keys come and go while the node runs.
  private func keys() throws -> [APIKey] {
    if let read, ContinuousClock.now - read.at < .seconds(1) { return read.keys }
    let keys = try folder.entries()
    read = (keys, .now)
    return keys
  }

  private func signer(of id: Identifier<Channel>) async throws -> PayerSigner {
    guard let channel = try await ledger.record(.channel(id)), channel.status == .open,
      channel.server == server.account
    else {
      throw InferenceFailure(
        .channelNotOpen, "the key's channel is not open to this server; top it up or make a new key"
      )
    }
    try Self.check(channel, isSignedBy: server)
    let status = try await ledger.status()
    return PayerSigner(
      chain: status.chain.id, channel: id, parameters: status.parameters, key: server.key)
  }

  /// - Throws: `channel_not_open` if the ledger would not count the channel as the server's own side.
  static func check(_ channel: ChannelRecord, isSignedBy server: KeyRing.Entry) throws {
    guard channel.signingKey == server.key.publicKey,
      Identifier<Account>(channel.signingKey) == server.account
    else {
      throw InferenceFailure(
        .channelNotOpen,
        "the key's channel was not opened with the server's first key as its signing key, so the server "
          + "may not sign its orders; `whence api-key new NAME --as PAYER` opens one")
    }
  }

  private func nextNumber(of id: Identifier<Channel>) async throws -> UInt64 {
    let settled = try await ledger.record(.channel(id))?.lastNumber ?? 0
    // No suspension from here on: two answers never get one number.
    let kept = try numbers.bytes(of: "\(id)").flatMap {
      UInt64(String(decoding: $0, as: UTF8.self))
    }
    let number = max(settled, kept ?? 0) + 1
    try numbers.put(Array("\(number)".utf8), as: "\(id)")
    return number
  }
}
