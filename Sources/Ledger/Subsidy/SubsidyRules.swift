internal import Primitives

extension LedgerState {
  /// Applies a gift to the subsidy pool; the first begins its epochs.
  ///
  /// - Throws: `account_insufficient_balance`.
  public mutating func apply(
    _ message: FundSubsidyPool, in context: BlockContext
  ) throws(Rejection) {
    try move(
      message.amount, from: .account(context.signer), to: .subsidyPool, for: .subsidyFunding)
    emit(.subsidyPoolFunded, context.signer.digest, amount: message.amount)
    guard subsidyEpoch == nil, message.amount > .zero else { return }
    beginSubsidyEpoch(
      number: 1, ends: context.parameters.subsidy.epochWindow.end(from: context))
  }

  private mutating func beginSubsidyEpoch(number: UInt64, ends: Deadline) {
    set(
      .subsidyEpoch,
      to: SubsidyEpoch(number: number, treasuryIncomeBefore: treasuryIncome, paid: .zero))
    schedule(.turnSubsidyEpoch, at: ends)
  }

  /// Begins the next epoch, unless the pool has run dry.
  mutating func turnSubsidyEpoch(at time: BlockTime, height: Height) {
    guard let epoch = subsidyEpoch, let window = parameters?.subsidy.epochWindow,
      balance(of: .subsidyPool) > .zero
    else {
      set(.subsidyEpoch, to: nil)
      return
    }
    beginSubsidyEpoch(number: epoch.number + 1, ends: window.end(from: time, height: height))
  }

  /// Counts what a contributor earned, and adds the subsidy for what others paid of it.
  ///
  /// Subsidies of an epoch never exceed half of the treasury's income in it, at any moment: whoever
  /// claims first is matched first, and what the cap leaves out is not made up for.
  mutating func meter(
    claim earned: Amount, own: Amount, of payee: Identifier<Account>, in context: BlockContext
  ) throws(Rejection) {
    try meter(earned, own: own, of: payee)
    guard var epoch = subsidyEpoch,
      let income = try? treasuryIncome.subtracting(epoch.treasuryIncomeBefore),
      let matched = try? earned.subtracting(own).scaledRoundingDown(
        by: UInt128(context.parameters.subsidy.matchingShare.partsPerBillion),
        over: UInt128(Share.whole.partsPerBillion)),
      let cap = try? Amount(baseUnits: income.baseUnits / 2).subtracting(epoch.paid)
    else { return }
    let amount = min(matched, cap, balance(of: .subsidyPool))
    guard amount > .zero else { return }
    try move(amount, from: .subsidyPool, to: .account(payee), for: .subsidy)
    epoch.paid = Amount(baseUnits: epoch.paid.baseUnits + amount.baseUnits)
    set(.subsidyEpoch, to: epoch)
    var record = self.income(of: payee)
    guard let subsidy = try? record.subsidy.adding(amount) else { throw .account(.totalFull) }
    record.subsidy = subsidy
    set(.income(payee), to: record)
    emit(.subsidyPaid, payee.digest, amount: amount)
  }

  /// Counts what an account earned.
  mutating func meter(
    _ earned: Amount, own: Amount, of account: Identifier<Account>
  ) throws(Rejection) {
    guard earned > .zero else { return }
    var record = income(of: account)
    guard let sum = try? record.earned.adding(earned), let ownSum = try? record.own.adding(own)
    else { throw .account(.totalFull) }
    record.earned = sum
    record.own = ownSum
    set(.income(account), to: record)
  }

  /// Counts what the parts of some draws' fees bring to whoever serves and owns.
  ///
  /// - Parameter unstakedOwner: the run's owner if the stakers' part is the owner's, as nobody stakes.
  mutating func meter(
    _ parts: FeeParts, of draws: [DrawRecord], adapter: Identifier<Adapter>,
    _ offer: AdapterOffer, server: Identifier<Account>, unstakedOwner: Identifier<Account>?
  ) throws(Rejection) {
    var earners = [(offer.baseModel.owner, parts.baseModel), (server, parts.server)]
    for (account, part) in adapterOwnerPayees(of: adapter, amount: parts.adapterOwner) {
      earners.append((account, part))
    }
    if let unstakedOwner { earners.append((unstakedOwner, parts.adapterStakers)) }
    for (account, part) in earners {
      let ownFees = draws.reduce(UInt128(0)) { sum, record in
        channel(record.draw.channel)?.isOwnSide(account) == true
          ? sum + (record.standing?.fee.baseUnits ?? 0) : sum
      }
      // Of fees whose parts were divided together, each pays in proportion.
      guard let own = try? part.scaledRoundingUp(by: ownFees, over: parts.fee.baseUnits) else {
        continue
      }
      try meter(part, own: own, of: account)
    }
  }
}

extension StateReader {
  /// What came to the treasury of answers' fees since genesis.
  var treasuryIncome: Amount {
    let (platform, part) = (total(of: .platformFee), total(of: .treasuryPart))
    return (try? platform.adding(part)) ?? platform
  }
}
