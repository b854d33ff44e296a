import ClientAPI
import Cryptography
import Foundation
import Ledger
import Primitives
import Storage

/// The payer's side on this machine: a key, its channel to one server, and the last order's number.
actor PayerWallet {
  /// What goes into a channel of someone who has twice as much.
  static let standardDeposit = Amount.tokens(100)

  let payer: KeyRing.Entry
  private let ledger: any LedgerClient
  private let documents: DocumentFolder
  private var lastNumber: UInt64 = 0

  init(data: DataFolder, payer: KeyRing.Entry, ledger: any LedgerClient) throws {
    self.payer = payer
    self.ledger = ledger
    documents = try DocumentFolder(at: "\(data.path)/payer")
  }

  /// The most that an answer to `body` may cost.
  func maximumFee(of body: [UInt8], model: ModelChoice) async throws -> Amount {
    let status = try await ledger.status()
    // What an order may cost is the same on every channel, so nothing is locked up to know it.
    let draft = PayerSigner(
      chain: status.chain.id, channel: Identifier(.zero), parameters: status.parameters,
      key: payer.key)
    return try draft.orders(
      for: body, choice: model, numbers: model.parts.indices.map { UInt64($0) + 1 }, salt: .zero,
      expiry: status.header.time
    ).maximumFee()
  }

  /// A signer on an open channel to `server`; one is opened if there is none.
  ///
  /// - Parameters:
  ///   - deposit: What goes into a new one; if absent, what ``standardDeposit(of:)`` says.
  ///   - fee: What the channel must cover; nothing is opened that does not.
  /// - Throws: `money_missing`, `message_rejected`, and what the client throws.
  func signer(
    for server: Identifier<Account>, deposit: Amount?, covering fee: Amount = .zero
  ) async throws -> PayerSigner {
    let status = try await ledger.status()
    let channel = try await openChannel(to: server, deposit: deposit, covering: fee)
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

  /// Says what a channel lacks, and the command that helps.
  func shortage(
    of channel: Identifier<Channel>, for fee: Amount
  ) async throws -> CommandFailure {
    let held = try await ledger.balance(of: .channelEscrow(channel))
    return CommandFailure(
      .moneyMissing,
      "the channel holds \(held.tokens) WHN, of which answers under way may need a part, and this one "
        + "may cost up to \(fee.tokens) WHN; `whence send top_up_channel channel=\(channel) "
        + "amount=\(fee.tokens)WHN --as \(payer.name)` adds to it")
  }

  /// 100 WHN, or half of what the account has if that is less.
  static func standardDeposit(of balance: Amount) -> Amount {
    min(standardDeposit, Amount(baseUnits: balance.baseUnits / 2))
  }

  /// What a new channel gets.
  /// - Throws: `money_missing` if the account has less, or it does not cover the fee.
  private func checkedDeposit(_ asked: Amount?, covering fee: Amount) async throws -> Amount {
    let balance = try await ledger.balance(of: .account(payer.account))
    let deposit = asked ?? Self.standardDeposit(of: balance)
    guard deposit > .zero, deposit < balance else {
      throw CommandFailure(
        .moneyMissing,
        "a channel to the server needs a deposit, and \(payer.name) has \(balance.tokens) WHN; send "
          + "it some: `whence send transfer to=\(payer.account) amount=10WHN --as NAME`, or give a "
          + "smaller --deposit")
    }
    guard fee <= deposit else {
      throw CommandFailure(
        .moneyMissing,
        "this answer may cost up to \(fee.tokens) WHN, and a new channel would get \(deposit.tokens) "
          + "of the \(balance.tokens) WHN of \(payer.name); give --deposit \(fee.tokens) or more")
    }
    return deposit
  }

  private func openChannel(
    to server: Identifier<Account>, deposit: Amount?, covering fee: Amount
  ) async throws -> Identifier<Channel> {
    let document = "\(payer.name)-\(server)"
    if let digest = try documents.bytes(of: document).flatMap(Digest.init(bytes:)) {
      let channel = Identifier<Channel>(digest)
      if let record = try await ledger.record(.channel(channel)), record.status == .open {
        if record.signingKey == payer.key.publicKey {
          let held = try await ledger.balance(of: .channelEscrow(channel))
          guard fee <= held else { throw try await shortage(of: channel, for: fee) }
          return channel
        }
        print(
          "channel \(channel) takes orders of an earlier key alone; "
            + "`whence send close_channel channel=\(channel)` returns what is left in it")
      }
    }
    let deposit = try await checkedDeposit(deposit, covering: fee)
    let channel = Identifier<Channel>(
      creator: payer.account, sequence: try await ledger.nextSequence(of: payer.account))
    let outcome = try await ledger.send(
      .openChannel(
        OpenChannel(server: server, signingKey: payer.key.publicKey, deposit: deposit)),
      by: payer.key, of: payer.account)
    if let rejection = outcome.rejection {
      throw CommandFailure(
        .messageRejected, "the ledger refused to open a channel: \(rejection)")
    }
    try documents.put(channel.digest.bytes, as: document)
    print(
      "opened channel \(channel) with \(deposit.tokens) WHN of \(payer.name); it serves later "
        + "questions too, and `whence send close_channel channel=\(channel)` returns what is left")
    return channel
  }

  private func numberName(_ channel: Identifier<Channel>) -> String { "\(channel)-number" }
}
