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

  /// Who stands behind an adapter whose answers settle now.
  ///
  /// - Throws: `adapterNotFound`; `model_adapter_retired`, `model_run_not_sound`.
  func settledOffer(
    of id: Identifier<Adapter>, in context: BlockContext
  ) throws(Rejection) -> AdapterOffer {
    guard let offer = offer(of: id) else { throw .receipt(.adapterNotFound) }
    guard offer.adapter.settles(at: context.time, height: context.height) else {
      throw .model(.adapterRetired)
    }
    guard standing(of: offer.adapter.offer.run)?.settles == true else {
      throw .model(.runNotSound)
    }
    return offer
  }

  /// Where money of a channel goes back to: its escrow, or its payer once it is closed.
  func purse(of id: Identifier<Channel>) -> Holder {
    guard let channel = channel(id), channel.status == .closed else { return .channelEscrow(id) }
    return .account(channel.payer)
  }
}

extension LedgerState {
  /// Hands out every part of a fee but the contributors', from the fee pool.
  ///
  /// - Returns: whom the stakers' part went to while nobody stakes; nil if stakers have it.
  mutating func handOut(
    _ parts: FeeParts, of adapter: Identifier<Adapter>, _ offer: AdapterOffer,
    server: Identifier<Account>
  ) throws(Rejection) -> Identifier<Account>? {
    try pay(parts.platformFee, to: .treasury, for: .platformFee)
    try pay(parts.treasury, to: .treasury, for: .treasuryPart)
    try pay(parts.validators, to: .validators, for: .validatorsPart)
    try pay(parts.baseModel, to: .account(offer.baseModel.owner), for: .baseModelPart)
    for (account, part) in adapterOwnerPayees(of: adapter, amount: parts.adapterOwner) {
      try pay(part, to: .account(account), for: .adapterOwnerPart)
    }
    try pay(parts.server, to: .account(server), for: .serverPart)
    return try payStakersReward(parts.adapterStakers, of: offer.adapter.offer.run, from: .feePool)
  }

  /// Pays from the fee pool, which ends every message as empty as it began.
  mutating func pay(
    _ amount: Amount, to holder: Holder, for cause: MoveCause
  ) throws(Rejection) {
    try move(amount, from: .feePool, to: holder, for: cause)
  }
}
