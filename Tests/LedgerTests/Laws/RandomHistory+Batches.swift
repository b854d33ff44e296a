import Ledger
import Primitives

extension RandomHistory {
  /// Draws a deposit to a server's bond, rarely a withdrawal.
  mutating func serverBond() -> (Message, Person)? {
    guard let channel = one(of: channels) else { return nil }
    return chance(4)
      ? (.withdrawServerBond(WithdrawServerBond(amount: amount())), channel.server)
      : (.depositServerBond(DepositServerBond(amount: amount())), channel.server)
  }

  /// Draws a batch over some channels of one server, rarely with totals that are wrong.
  mutating func batch(on chain: TestChain) -> (Message, Person)? {
    guard let first = one(of: channels) else { return nil }
    var builder = SettlementBatchBuilder(terms: Genesis.testParameters.receipts)
    for _ in 0...generator.next(below: 5) {
      guard let channel = chance(2) ? first : one(of: channels), let adapter = one(of: adapters),
        channel.server.account == first.server.account
      else { continue }
      orderNumber += 1
      guard let record = chain.state.channel(channel.id),
        let receipt = receipt(on: chain, channel, adapter)
      else { continue }
      try? builder.add(receipt, on: record)
    }
    guard var message = try? builder.finish().message else { return nil }
    if chance(6), !message.draws.isEmpty { message.draws[0].refund = amount() }
    return (.settleBatch(message), first.server)
  }
}
