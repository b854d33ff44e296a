import Cryptography
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
    guard let first = standingChannel(on: chain) else { return nil }
    var builder = SettlementBatchBuilder(terms: Genesis.testParameters.receipts.terms)
    for _ in 0...generator.next(below: 5) {
      guard let channel = chance(2) ? first : one(of: channels),
        let adapter = standingAdapter(on: chain),
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

  /// Draws what a payer says of an answer, sometimes of one that he spoke of before.
  mutating func outcome(on chain: TestChain) -> (Message, Person)? {
    guard let batch = one(of: batches), let leaf = one(of: Array(batch.contents.receipts.indices)),
      let payer = chain.state.channel(batch.contents.receipts[leaf].channel)?.payer,
      let person = everyone.first(where: { $0.account == payer })
    else { return nil }
    let opened = OpenedReceipt(
      leaf: batch.contents.receipts[leaf], proof: batch.contents.receiptsTree.proof(ofLeaf: leaf))
    return (
      .reportOutcome(
        ReportOutcome(batch: batch.id, opened: opened, outcome: .accepted, signature: nil)),
      person
    )
  }

  /// Draws claims on a batch, of which some may have been made before; or the reveal they wait for.
  mutating func claims(on chain: TestChain, by person: Person) -> (Message, Person)? {
    let final = batches.filter { batch in
      chain.state.batch(batch.id)?.status == .final
        && batch.contents.amounts.contains { !$0.leaves.isEmpty }
    }
    guard let batch = one(of: chance(10) ? batches : final),
      let claims = Optional(batch.contents.claims(of: batch.id))
    else { return nil }
    let runs = claims.compactMap { chain.state.adapter($0.adapter)?.offer.run }
    let epochs = runs.compactMap { chain.state.run($0)?.epoch }
    let unpaid = epochs.first {
      chain.state.heldOut(of: $0.datanet, epoch: $0.epoch)?.release == nil
    }
    if let unpaid {
      let parts = chain.state.heldOut(of: unpaid.datanet, epoch: unpaid.epoch)?.parts ?? []
      let curator = parts.first { $0.blob == nil }?.curator
      let reveal = Story.heldOutReveal(of: unpaid.datanet, epoch: unpaid.epoch)
      return everyone.first { $0.account == curator }.map { (.revealHeldOut(reveal), $0) }
    }
    let drawn = chance(2) ? claims : one(of: claims).map { [$0] } ?? []
    return (.claimAmounts(ClaimAmounts(claims: drawn)), person)
  }

  /// An adapter that is on offer, but for a chance.
  mutating func standingAdapter(on chain: TestChain) -> AdapterOnOffer? { one(of: onOffer(chain)) }

  /// A channel that is not closed, but for a chance.
  mutating func standingChannel(
    on chain: TestChain
  ) -> (id: Identifier<Channel>, payer: Person, server: Person)? {
    let standing = channels.filter { chain.state.channel($0.id)?.status == .open }
    return one(of: chance(10) ? channels : standing)
  }
}
