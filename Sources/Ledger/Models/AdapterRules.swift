internal import Primitives

extension LedgerState {
  /// Applies the offer of an adapter, as a line of its own or as a further version of one.
  ///
  /// - Throws: `runNotFound`, `notRunOwner`, `runNotSound`, `rateBelowFloor`; by its parents
  ///   `parentsUnsorted`, `parentNotFound`, `royaltiesAboveWhole`, `lineageTooLarge`; by its line
  ///   `lineNotFound`, `notLineOwner`, `lineNameDiffers`.
  public mutating func apply(
    _ message: PublishAdapter, in context: BlockContext
  ) throws(Rejection) {
    var standing = try standing(of: message.run, ownedBy: context.signer)
    guard standing.isSound, standing.adaptersOnOffer < .max else { throw .model(.runNotSound) }
    try checkFloor(message.rateIn, message.rateOut, of: message.run)
    let lineage = try lineage(under: message.parents)
    let id = context.newIdentifier(of: Adapter.self)
    let line = try join(message, as: id, in: context)

    set(
      .adapter(id),
      to: AdapterRecord(owner: context.signer, offer: message, line: line, lineage: lineage))
    standing.adaptersOnOffer += 1
    set(.standing(of: message.run), to: standing)
    emit(.adapterPublished, id.digest)
  }

  /// Applies a price change: the notice begins.
  ///
  /// - Throws: `adapterNotFound`, `notAdapterOwner`, `adapterRetired`, `rateBelowFloor`;
  ///   `rateChangePending` until answers at the price before the last change settle no more.
  public mutating func apply(
    _ message: ChangeRates, in context: BlockContext
  ) throws(Rejection) {
    var adapter = try adapterOnOffer(message.adapter, ownedBy: context.signer)
    let isFormerOver =
      adapter.formerRates?.deadline.hasCome(at: context.time, height: context.height) ?? true
    guard adapter.nextRates == nil, isFormerOver else { throw .model(.rateChangePending) }
    try checkFloor(message.rateIn, message.rateOut, of: adapter.offer.run)

    let effect = context.parameters.models.priceNotice.end(from: context)
    adapter.nextRates = TimedRates(
      rateIn: message.rateIn, rateOut: message.rateOut, deadline: effect)
    set(.adapter(message.adapter), to: adapter)
    schedule(.changeRates(message.adapter), at: effect)
    emit(.rateChangeAnnounced, message.adapter.digest)
  }

  /// Puts the announced price in force; the price before it stays good for one more notice.
  mutating func changeRates(of id: Identifier<Adapter>, at time: BlockTime, height: Height) {
    guard var adapter = adapter(id), adapter.nextRates != nil,
      let notice = parameters?.models.priceNotice
    else { return }
    adapter.takeNextRates(at: time, height: height, notice: notice)
    set(.adapter(id), to: adapter)
    emit(.ratesChanged, id.digest)
  }

  /// Applies a retirement: no order after it, and no answer settles once its notice is over.
  ///
  /// - Throws: `adapterNotFound`, `notAdapterOwner`, `adapterRetired`.
  public mutating func apply(
    _ message: RetireAdapter, in context: BlockContext
  ) throws(Rejection) {
    var adapter = try adapterOnOffer(message.adapter, ownedBy: context.signer)
    let retires = context.parameters.models.retirementNotice.end(from: context)
    adapter.retires = retires
    set(.adapter(message.adapter), to: adapter)
    if var line = adapterLine(adapter.line) {
      line.drop(message.adapter)
      set(.adapterLine(adapter.line), to: line)
    }
    if var standing = standing(of: adapter.offer.run) {
      standing.adaptersOnOffer -= 1
      // What settles last can be challenged for one more window.
      let over = context.parameters.receipts.challengeWindow.end(
        from: retires.time, height: retires.height)
      standing.bondHeldUntil = standing.bondHeldUntil.later(over)
      set(.standing(of: adapter.offer.run), to: standing)
    }
    emit(.adapterRetired, message.adapter.digest)
  }

  /// Checks that rates are not below what the run's datanet asks for.
  private func checkFloor(
    _ rateIn: Amount, _ rateOut: Amount, of run: Identifier<Run>
  ) throws(Rejection) {
    guard let run = self.run(run), let datanet = datanet(run.claim.version.datanet),
      rateIn >= datanet.floorRateIn, rateOut >= datanet.floorRateOut
    else { throw .model(.rateBelowFloor) }
  }

  /// Returns how many adapters would have a part of the earnings of one with these parents.
  private func lineage(under parents: [AdapterParent]) throws(Rejection) -> UInt8 {
    guard parents.isStrictlySorted(by: { $0.adapter }) else { throw .model(.parentsUnsorted) }
    var lineage = 1
    var royalties: UInt64 = 0
    for parent in parents {
      guard let adapter = adapter(parent.adapter) else { throw .model(.parentNotFound) }
      lineage += Int(adapter.lineage)
      guard parent.share > .zero else { throw .model(.parentsUnsorted) }
      royalties += UInt64(parent.share.partsPerBillion)
    }
    guard royalties <= UInt64(Share.whole.partsPerBillion) else {
      throw .model(.royaltiesAboveWhole)
    }
    guard lineage <= AdapterRecord.lineageMaximum else { throw .model(.lineageTooLarge) }
    return UInt8(lineage)
  }

  /// Returns an adapter of `signer`'s that is not retired.
  func adapterOnOffer(
    _ id: Identifier<Adapter>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> AdapterRecord {
    guard let adapter = adapter(id) else { throw .model(.adapterNotFound) }
    guard adapter.owner == signer else { throw .model(.notAdapterOwner) }
    guard adapter.retires == nil else { throw .model(.adapterRetired) }
    return adapter
  }
}
