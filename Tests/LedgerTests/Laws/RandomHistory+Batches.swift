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
  mutating func batch(
    on chain: TestChain, sequence: (Person) -> UInt64
  ) -> (Message, Person)? {
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
    guard let contents = try? builder.finish() else { return nil }
    var message = contents.message
    if chance(6), !message.draws.isEmpty { message.draws[0].refund = amount() }
    batches.append(
      (
        Identifier(creator: first.server.account, sequence: sequence(first.server)), contents
      ))
    return (.settleBatch(message), first.server)
  }

  /// Draws claims on a batch, of which some may have been made before.
  mutating func claims(by person: Person) -> (Message, Person)? {
    guard let batch = one(of: batches) else { return nil }
    let claims = batch.contents.claims(of: batch.id)
    let drawn = chance(2) ? claims : one(of: claims).map { [$0] } ?? []
    return (.claimAmounts(ClaimAmounts(claims: drawn)), person)
  }
}
