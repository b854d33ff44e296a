import ClientAPI
import Cryptography
import Foundation
import Ledger
import Primitives
import Storage

/// The payer's side on this machine: a key, its channel to one server, and the last order's number.
actor PayerWallet {
  static let deposit = Amount.tokens(100)

  private let payer: KeyRing.Entry
  private let ledger: any LedgerClient
  private let documents: DocumentFolder
  private var lastNumber: UInt64 = 0

  init(data: DataFolder, payer: KeyRing.Entry, ledger: any LedgerClient) throws {
    self.payer = payer
    self.ledger = ledger
    documents = try DocumentFolder(at: "\(data.path)/payer")
  }

  /// A signer on an open channel to `server`; one is opened if there is none.
  func signer(for server: Identifier<Account>) async throws -> PayerSigner {
    let status = try await ledger.status()
    let channel = try await openChannel(to: server)
    lastNumber = try await ledger.record(.channel(channel))?.lastNumber ?? 0
    return PayerSigner(
      chain: status.chain.id, channel: channel, parameters: status.parameters, key: payer.key)
  }

  /// The number of the next order on a signer's channel; on disk before it is used, for other
  /// commands with the same key sign on the same channel.
  func nextNumber(on channel: Identifier<Channel>) throws -> UInt64 {
    let kept = try documents.bytes(of: numberName(channel)).flatMap {
      UInt64(String(decoding: $0, as: UTF8.self))
    }
    let number = max(lastNumber, kept ?? 0) + 1
    try documents.put(Array(String(number).utf8), as: numberName(channel))
    lastNumber = number
    return number
  }

  private func openChannel(to server: Identifier<Account>) async throws -> Identifier<Channel> {
    let document = "\(payer.name)-\(server)"
    if let digest = try documents.bytes(of: document).flatMap(Digest.init(bytes:)) {
      let channel = Identifier<Channel>(digest)
      if let record = try await ledger.record(.channel(channel)), record.status == .open {
        if record.signingKey == payer.key.publicKey { return channel }
        print(
          "channel \(channel) takes orders of an earlier key alone; "
            + "`whence send close_channel channel=\(channel)` returns what is left in it")
      }
    }
    let channel = Identifier<Channel>(
      creator: payer.account, sequence: try await ledger.nextSequence(of: payer.account))
    let outcome = try await ledger.send(
      .openChannel(
        OpenChannel(server: server, signingKey: payer.key.publicKey, deposit: Self.deposit)),
      by: payer.key, of: payer.account)
    if let rejection = outcome.rejection {
      throw CommandFailure(
        .messageRejected, "the ledger refused to open a channel: \(rejection)")
    }
    try documents.put(channel.digest.bytes, as: document)
    print("opened channel \(channel) with \(Self.deposit.tokens) WHN of \(payer.name)")
    return channel
  }

  private func numberName(_ channel: Identifier<Channel>) -> String { "\(channel)-number" }
}
