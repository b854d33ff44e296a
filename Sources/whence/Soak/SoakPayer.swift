import ClientAPI
import Cryptography
import Ledger
import Primitives

/// An account that pays for clients; it has one transaction in flight at a time.
///
/// An actor as the senders of `CrashLoop` are: outside of one, programs of Swift 6.3.1 have resumed such
/// calls at address zero (docs/decisions/0004).
actor SoakPayer {
  nonisolated let key: SigningKey
  nonisolated let account: Identifier<Account>

  init(key: SigningKey, account: Identifier<Account>? = nil) {
    self.key = key
    self.account = account ?? Identifier(key.publicKey)
  }

  /// Gives another what his channels need.
  func fund(
    _ other: SoakPayer, with amount: Amount, on ledger: any LedgerClient
  ) async throws {
    try await send(.transfer(Transfer(to: other.account, amount: amount, memo: "")), to: ledger)
  }

  /// Opens so many channels.
  func open(
    _ count: Int, to server: Identifier<Account>, deposit: Amount, on ledger: any LedgerClient
  ) async throws -> [SoakChannel] {
    var opened: [SoakChannel] = []
    for _ in 0..<count {
      let sequence = try await ledger.nextSequence(of: account)
      try await send(
        .openChannel(OpenChannel(server: server, signingKey: key.publicKey, deposit: deposit)),
        to: ledger)
      opened.append(
        SoakChannel(payer: key, id: Identifier(creator: account, sequence: sequence)))
    }
    return opened
  }

  private func send(_ message: Message, to ledger: any LedgerClient) async throws {
    let outcome = try await ledger.send(message, by: key, of: account)
    if let rejection = outcome.rejection {
      throw CommandFailure(.messageRejected, "the ledger refused to prepare: \(rejection)")
    }
  }
}

/// A client's channel.
struct SoakChannel: Sendable {
  let payer: SigningKey
  let id: Identifier<Channel>
}
