internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let channelDeeds: [Deed] = [
    Deed(14) { $0.openChannel() },
    Deed(10) { $0.topUpChannel() },
    Deed(5) { $0.closeChannel() },
  ]
}

extension World {
  /// Few serve, so that their batches draw on several channels.
  mutating func server() -> Identifier<Account> { actors[8 + below(5)].account }

  mutating func channelTerms() -> (OpenChannel, Secret) {
    let key = key()
    let open = OpenChannel(
      server: server(), signingKey: key.publicKey, deposit: amount(1_000, 500_000))
    return (open, .channel(key))
  }

  fileprivate mutating func openChannel() -> Intent? {
    guard mayMake(.openChannel, every: 70) else { return nil }
    let (open, secret) = channelTerms()
    // At times a server pays itself.
    let payer = chance(1, in: 12) ? open.server : anyone()
    return Intent(payer, .openChannel(open), secret)
  }

  fileprivate mutating func topUpChannel() -> Intent? {
    let state = state
    guard let channel = pick(channels, where: { state.channel($0.id)?.status == .open }) else {
      return nil
    }
    return Intent(
      anyone(), .topUpChannel(TopUpChannel(channel: channel.id, amount: amount(0, 50_000))))
  }

  fileprivate mutating func closeChannel() -> Intent? {
    let state = state
    // Those that have been used longest.
    guard
      let known = pick(
        Array(channels.prefix(8)), where: { state.channel($0.id)?.status != .closed }),
      let channel = state.channel(known.id), channels.count > 6 || isCareless
    else { return nil }
    let party = chance(1, in: 3) ? channel.server : channel.payer
    let id = isCareless && chance(1, in: 6) ? Identifier(digest()) : known.id
    return Intent(signer(party), .closeChannel(CloseChannel(channel: id)))
  }
}
