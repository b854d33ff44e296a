internal import Primitives

/// The adapter, run and base model behind an answer.
struct AdapterOffer {
  let adapter: AdapterRecord
  let run: RunRecord
  let baseModel: BaseModelRecord
}

extension StateReader {
  /// Who stands behind an adapter; nil if it is not on the ledger.
  func offer(of id: Identifier<Adapter>) -> AdapterOffer? {
    guard let adapter = adapter(id), let run = run(adapter.offer.run),
      let baseModel = baseModel(run.claim.baseModel)
    else { return nil }
    return AdapterOffer(adapter: adapter, run: run, baseModel: baseModel)
  }

  /// Where money of a channel goes back to: its escrow, or its payer once it is closed.
  func purse(of id: Identifier<Channel>) -> Holder {
    guard let channel = channel(id), channel.status == .closed else { return .channelEscrow(id) }
    return .account(channel.payer)
  }
}

extension LedgerState {
  /// Hands out every part of a fee but the contributors', from the fee pool.
  mutating func handOut(
    _ parts: FeeParts, of offer: AdapterOffer, server: Identifier<Account>
  ) throws(Rejection) {
    try pay(parts.platformFee, to: .treasury, for: .platformFee)
    try pay(parts.treasury, to: .treasury, for: .treasuryPart)
    try pay(parts.validators, to: .validators, for: .validatorsPart)
    try pay(parts.baseModel, to: .account(offer.baseModel.owner), for: .baseModelPart)
    try pay(parts.adapterOwner, to: .account(offer.adapter.owner), for: .adapterOwnerPart)
    try pay(parts.server, to: .account(server), for: .serverPart)
    // Until adapters can be staked on, whoever bonded the run stands behind it.
    try pay(parts.adapterStakers, to: .account(offer.run.owner), for: .adapterStakersPart)
  }

  /// Pays from the fee pool, which ends every message as empty as it began.
  mutating func pay(
    _ amount: Amount, to holder: Holder, for cause: MoveCause
  ) throws(Rejection) {
    try move(amount, from: .feePool, to: holder, for: cause)
  }
}
