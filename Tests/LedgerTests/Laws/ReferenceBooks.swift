import Ledger
import Primitives

/// Slow books of who holds what and has what coming, kept from blocks and results alone.
///
/// They share no rule with the ledger, only its messages.
struct ReferenceBooks {
  private(set) var balances: [Holder: UInt128] = [:]
  let parameters: LedgerParameters
  private var deposits: [Identifier<Contribution>: UInt128] = [:]
  private var depositOf: [Identifier<Datanet>: UInt128] = [:]
  var channels: [Identifier<Channel>: OpenChannel] = [:]
  var payers: [Identifier<Channel>: Identifier<Account>] = [:]
  var baseModelOwners: [Identifier<BaseModel>: Identifier<Account>] = [:]
  var runs: [Identifier<Run>: (owner: Identifier<Account>, claim: SubmitRunRecord)] = [:]
  var adapters: [Identifier<Adapter>: (owner: Identifier<Account>, offer: PublishAdapter)] =
    [:]
  private var challengeEnds: [Identifier<Run>: Deadline] = [:]
  private var datanets = ReferenceDatanets()
  var stakes = ReferenceStakes()
  var batches:
    [(deadline: Deadline, id: Identifier<Batch>, server: Identifier<Account>, draws: [BatchDraw])] =
      []
  var subsidies = ReferenceSubsidies()
  var dust: [Identifier<Account>: UInt128] = [:]
  var closedChannels: Set<Identifier<Channel>> = []
  private var closings: [(deadline: Deadline, channel: Identifier<Channel>)] = []

  init(_ genesis: Genesis) {
    parameters = genesis.parameters
    for allocation in genesis.allocations {
      balances[.account(Identifier(allocation.publicKey))] = allocation.amount.baseUnits
    }
  }

  mutating func enter(_ executed: ExecutedBlock) {
    let header = executed.block.header
    for (transaction, result) in zip(executed.block.transactions, executed.results) {
      let content = transaction.content
      give(content.fee.baseUnits, from: .account(content.signer), to: .validators)
      guard result.code == 0 else { continue }
      enter(content.message, by: content.signer, ordering: content.ordering, in: header)
    }
    close(in: header)
  }

  mutating func give(_ amount: UInt128, from source: Holder, to target: Holder) {
    balances[source, default: 0] -= amount
    balances[target, default: 0] += amount
  }

  mutating func move(_ moves: [ReferenceStakes.Move]) {
    for move in moves { give(move.amount, from: move.source, to: move.target) }
  }

  private mutating func returnRest(of channel: Identifier<Channel>) {
    guard let payer = payers[channel] else { return }
    give(balances[.channelEscrow(channel)] ?? 0, from: .channelEscrow(channel), to: .account(payer))
    closedChannels.insert(channel)
  }

  private func end(_ window: Window, _ header: BlockHeader) -> Deadline {
    Deadline(
      time: BlockTime(milliseconds: header.time.milliseconds + window.milliseconds),
      height: Height(header.height.number + window.blocks))
  }

  private mutating func enter(
    _ message: Message, by signer: Identifier<Account>, ordering: TransactionOrdering,
    in header: BlockHeader
  ) {
    let me = Holder.account(signer)
    switch message {
    case .transfer(let transfer):
      give(transfer.amount.baseUnits, from: me, to: .account(transfer.to))
    case .transferToMany(let transfer):
      for payment in transfer.payments {
        give(payment.amount.baseUnits, from: me, to: .account(payment.to))
      }
    case .rotateKey: break
    case .createDatanet(let create):
      let id = Identifier<Datanet>(creator: signer, ordering: ordering)
      depositOf[id] = create.contributionDeposit.baseUnits
      move(datanets.create(id, by: signer, bond: create.bond.baseUnits))
    case .transferDatanet(let transfer): datanets.transfer(transfer.datanet, to: transfer.to)
    case .changeDatanetTerms(let change):
      depositOf[change.datanet] = change.contributionDeposit.baseUnits
    case .closeDatanet(let close):
      datanets.close(close.datanet, returns: end(parameters.datanets.bondWindow, header))
    case .grantRole, .revokeRole, .judgeContributions, .withdrawContribution, .acceptVersion: break
    case .draftVersion(let draft):
      datanets.draft(EpochName(datanet: draft.datanet, epoch: draft.heldOutEpoch))
    case .publishVersion(let publish):
      datanets.publish(publish.version, opens: end(parameters.datanets.trainingWindow, header))
    case .bondCurator(let bond):
      let curator = MemberName(datanet: bond.datanet, account: signer)
      move(datanets.bond(bond.amount.baseUnits, by: curator))
    case .unbondCurator(let unbond):
      datanets.unbond(
        MemberName(datanet: unbond.datanet, account: signer),
        returns: end(parameters.datanets.bondWindow, header))
    case .commitContribution(let commit):
      let deposit = depositOf[commit.datanet] ?? 0
      deposits[Identifier(creator: signer, ordering: ordering)] = deposit
      give(deposit, from: me, to: .contributionDeposits)
    case .revealContribution(let reveal):
      give(deposits[reveal.contribution] ?? 0, from: .contributionDeposits, to: me)
    case .commitHeldOut(let commit):
      datanets.commit(EpochName(datanet: commit.datanet, epoch: commit.epoch), by: signer)
    case .revealHeldOut(let reveal):
      let epoch = EpochName(datanet: reveal.datanet, epoch: reveal.epoch)
      let closes = end(parameters.datanets.revealWindow, header)
      datanets.reveal(epoch, by: signer, closes: closes)
    case .registerBaseModel:
      baseModelOwners[Identifier(creator: signer, ordering: ordering)] = signer
    case .submitRunRecord(let claim):
      let run = Identifier<Run>(creator: signer, ordering: ordering)
      runs[run] = (signer, claim)
      challengeEnds[run] = end(parameters.receipts.challengeWindow, header)
      give(claim.bond.baseUnits, from: me, to: .runBonds)
    case .publishAdapter(let offer):
      adapters[Identifier(creator: signer, ordering: ordering)] = (signer, offer)
    case .changeRates, .promoteAdapter, .rollBackAdapter, .retireAdapter: break
    case .transferBaseModel(let transfer): baseModelOwners[transfer.baseModel] = transfer.to
    case .withdrawRunBond(let withdraw):
      give(runs[withdraw.run]?.claim.bond.baseUnits ?? 0, from: .runBonds, to: me)
    case .stakeOnRun(let stake):
      let ends = end(parameters.models.stakeEpoch, header)
      move(stakes.stake(stake.amount.baseUnits, on: stake.run, by: signer, epochEnds: ends))
    case .unstakeFromRun(let unstake):
      let window = end(parameters.models.stakeUnbonding, header)
      let challenge = challengeEnds[unstake.run] ?? window
      let ends = Deadline(
        time: max(window.time, challenge.time), height: max(window.height, challenge.height))
      move(stakes.unstake(unstake.amount.baseUnits, from: unstake.run, by: signer, ends: ends))
    case .claimStakeReward(let claim): move(stakes.claim(on: claim.run, by: signer))
    case .openChannel(let open):
      let id = Identifier<Channel>(creator: signer, ordering: ordering)
      channels[id] = open
      payers[id] = signer
      give(open.deposit.baseUnits, from: me, to: .channelEscrow(id))
    case .topUpChannel(let topUp):
      give(topUp.amount.baseUnits, from: me, to: .channelEscrow(topUp.channel))
    case .closeChannel(let close) where channels[close.channel]?.server == signer:
      returnRest(of: close.channel)
    case .closeChannel(let close):
      closings.append((end(parameters.channels.closingWindow, header), close.channel))
    case .settleBatch(let batch):
      batches.append(
        (
          end(parameters.receipts.challengeWindow, header),
          Identifier(creator: signer, ordering: ordering), signer, batch.draws
        ))
      enter(batch, as: Identifier(creator: signer, ordering: ordering))
    case .claimAmounts(let message):
      for claim in message.claims { enter(claim) }
    case .depositServerBond(let bond):
      give(bond.amount.baseUnits, from: me, to: .serverBond(signer))
    case .withdrawServerBond(let bond):
      give(bond.amount.baseUnits, from: .serverBond(signer), to: me)
    case .fundSubsidyPool(let fund):
      give(fund.amount.baseUnits, from: me, to: .subsidyPool)
      subsidies.fund(
        fund.amount.baseUnits, ends: end(parameters.subsidy.epochWindow, header))
    case .reportOutcome: break  // Moves no money.
    // Stake has books of its own: StakingModel.
    case .createValidator, .editValidator, .unjail, .delegate, .undelegate, .redelegate,
      .cancelUnbonding, .withdrawRewards, .withdrawCommission:
      break
    // So have votes: VoteModel.
    case .submitProposal, .depositForProposal, .castVote, .castEntrustedVotes, .entrustVote,
      .wrapStake, .unwrapStake, .transferWrappedStake:
      break
    case .registerAgent, .updateAgent, .fundAgent, .defundAgent, .bondAgent, .pauseAgent,
      .retireAgent, .actAsAgent, .recordActions, .demandAction, .serveAction,
      .reportContradiction, .reportOverspending, .proveBatchFault, .proveIndexFault, .demandData,
      .serveData, .openDispute, .answerDispute, .commitVerdict, .revealVerdict, .registerVerifier,
      .retireVerifier, .presentReceipt:
      break  // Agents and disputes have histories of their own.
    }
  }

  /// Floors first, then one unit each by largest remainder.
  private static func cut(_ total: UInt128, by shares: [Share]) -> [UInt128] {
    let billion: UInt128 = 1_000_000_000
    var parts = shares.map { total * UInt128($0.partsPerBillion) / billion }
    let byRemainder = parts.indices.sorted { one, two in
      let first = total * UInt128(shares[one].partsPerBillion) % billion
      let second = total * UInt128(shares[two].partsPerBillion) % billion
      return first == second ? one < two : first > second
    }
    for index in byRemainder.prefix(Int(total - parts.reduce(0, +))) { parts[index] += 1 }
    return parts
  }

  mutating func payOwners(of id: Identifier<Adapter>, _ amount: UInt128) {
    guard let (owner, offer) = adapters[id] else { return }
    let royalties = offer.parents.reduce(0) { $0 + $1.share.partsPerBillion }
    let own = Share(partsPerBillion: Share.whole.partsPerBillion - royalties)
    let parts = Self.cut(amount, by: [own] + offer.parents.map(\.share))
    give(parts[0], from: .feePool, to: .account(owner))
    for (parent, part) in zip(offer.parents, parts.dropFirst()) {
      payOwners(of: parent.adapter, part)
    }
  }

  /// Does what is due, all of it: histories are small enough to stay below a block's bound.
  private mutating func close(in header: BlockHeader) {
    func isDue(_ deadline: Deadline) -> Bool {
      deadline.time <= header.time && deadline.height <= header.height
    }
    for (deadline, channel) in closings where isDue(deadline) {
      returnRest(of: channel)
    }
    closings.removeAll { isDue($0.deadline) }
    move(datanets.end(isDue: isDue, closes: end(parameters.datanets.revealWindow, header)))
    // Whether a batch's reward finds stake that earns, and of which subsidy epoch its income is,
    // depends on which is due first.
    let epochEnds = subsidies.epoch.map { [$0.ends] } ?? []
    let deadlines = batches.map(\.deadline) + stakes.deadlines + epochEnds
    let due = deadlines.filter(isDue).sorted { ($0.time, $0.height) < ($1.time, $1.height) }
    for deadline in due {
      move(stakes.close(at: deadline))
      for batch in batches where batch.deadline == deadline {
        handOut(batch.id, batch.draws, by: batch.server)
      }
      batches.removeAll { $0.deadline == deadline }
      subsidies.close(
        at: deadline, pool: balances[.subsidyPool] ?? 0,
        nextEnds: end(parameters.subsidy.epochWindow, header))
    }
  }
}
