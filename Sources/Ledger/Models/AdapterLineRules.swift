internal import Primitives

extension LedgerState {
  /// Applies a promotion: the line recommends this adapter from now on.
  ///
  /// - Throws: `adapterNotFound`, `notAdapterOwner`, `adapterRetired`, `runNotSound`;
  ///   `alreadyActive`.
  public mutating func apply(
    _ message: PromoteAdapter, in context: BlockContext
  ) throws(Rejection) {
    let adapter = try adapterOnOffer(message.adapter, ownedBy: context.signer)
    guard standing(of: adapter.offer.run)?.isSound == true else { throw .model(.runNotSound) }
    var line = try adapterLine(adapter.line, ownedBy: context.signer)
    guard line.active != message.adapter else { throw .model(.alreadyActive) }

    if let active = line.active { line.former.append(active) }
    if line.former.count > AdapterLineRecord.formerMaximum { line.former.removeFirst() }
    line.active = message.adapter
    set(.adapterLine(adapter.line), to: line)
    emit(.adapterPromoted, message.adapter.digest)
  }

  /// Applies a roll-back: the line recommends again what it did before the last promotion.
  ///
  /// - Throws: `lineNotFound`, `notLineOwner`; `nothingToRollBackTo`.
  public mutating func apply(
    _ message: RollBackAdapter, in context: BlockContext
  ) throws(Rejection) {
    var line = try adapterLine(message.line, ownedBy: context.signer)
    guard let former = line.former.popLast() else { throw .model(.nothingToRollBackTo) }
    line.active = former
    set(.adapterLine(message.line), to: line)
    emit(.adapterRolledBack, former.digest)
  }

  /// Opens a new adapter's line, or finds the one it joins, and returns its identifier.
  mutating func join(
    _ offer: PublishAdapter, as adapter: Identifier<Adapter>, in context: BlockContext
  ) throws(Rejection) -> Identifier<AdapterLine> {
    if let id = offer.line {
      let line = try adapterLine(id, ownedBy: context.signer)
      guard line.name == offer.name else { throw .model(.lineNameDiffers) }
      return id
    }
    let id = context.newIdentifier(of: AdapterLine.self)
    set(
      .adapterLine(id),
      to: AdapterLineRecord(
        owner: context.signer, name: offer.name, active: adapter, former: []))
    return id
  }

  private func adapterLine(
    _ id: Identifier<AdapterLine>, ownedBy signer: Identifier<Account>
  ) throws(Rejection) -> AdapterLineRecord {
    guard let line = adapterLine(id) else { throw .model(.lineNotFound) }
    guard line.owner == signer else { throw .model(.notLineOwner) }
    return line
  }
}

extension AdapterLineRecord {
  /// Recommends an adapter no more, nor rolls back to it.
  mutating func drop(_ adapter: Identifier<Adapter>) {
    former.removeAll { $0 == adapter }
    if active == adapter { active = nil }
  }
}
