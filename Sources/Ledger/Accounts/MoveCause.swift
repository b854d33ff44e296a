public import CanonicalCoding

/// Why money moved: the state keeps a running total of each, and no number is ever reused.
public enum MoveCause: UInt16, NameCodable, Hashable, Sendable {
  case transfer = 1
  case transactionFee = 2
  case contributionDeposit = 10
  case contributionDepositReturn = 11
  case datanetBond = 12
  case datanetBondReturn = 13
  case curatorBond = 14
  case curatorBondReturn = 15
  case curatorBondSlash = 16
  /// To the treasury: the owner withheld a part of a held-out set.
  case datanetBondSlash = 17
  case runBond = 20
  case runBondReturn = 21
  case runBondSlash = 22
  case runStake = 23
  case runStakeReturn = 24
  case runStakeSlash = 25
  /// From the purse of stake rewards to whoever staked.
  case stakeReward = 26
  /// What rounding left of a run's stake rewards, once nobody stakes on it.
  case stakeDust = 27
  case channelDeposit = 30
  case channelReturn = 31
  /// An answer's whole fee, from the channel's escrow into the fee pool.
  case answerFee = 40
  case platformFee = 41
  case treasuryPart = 42
  case validatorsPart = 43
  case baseModelPart = 44
  case adapterOwnerPart = 45
  case serverPart = 46
  case adapterStakersPart = 47
  /// Into the run's contributor escrow.
  case contributorsPart = 48
  /// From the fee pool back into the channel's escrow.
  case answerRefund = 49
  /// From the run's contributor escrow to the contributor.
  case contributorRelease = 50
  /// From a channel's escrow into the batch's, until the batch is final.
  case answerHeld = 51
  /// From a voided batch's escrow back to the channel, or to its payer if it is closed.
  case batchReturn = 52
  case serverBond = 53
  case serverBondReturn = 54
  /// From a run's contributor escrow to what waits until it is worth paying.
  case dustAccrual = 55
  case dustPayment = 56
  /// From a run's contributor escrow to the treasury: nobody claimed it for too long.
  case claimLapse = 57
  /// From a run's contributor escrow to the treasury: the set that measures it was withheld.
  case claimForfeit = 58
  /// From a server's bond to a run's contributor escrow: what its batch paid too little.
  case contributorCompensation = 59
  /// From an open batch's escrow back to a void receipt's channel, or to its payer if it is closed.
  case receiptReturn = 60
  /// From a server's bond into its batch's escrow: what a void receipt pays contributors.
  case receiptBacking = 61
  /// From a voided batch's escrow back into its server's bond.
  case receiptBackingReturn = 62
  /// From an account into the bonded stake.
  case stakeBond = 100
  case unbonding = 101
  case unbondingCancel = 102
  case unbonded = 103
  /// From bonded or unbonding stake to the treasury.
  case stakeSlash = 104
  /// From the validators' purse to the rewards' purse.
  case feeShare = 105
  case stakingReward = 106
  case commission = 107
  /// What roundings kept of rewards, back to the validators' purse.
  case rewardDust = 108
  case proposalDeposit = 120
  case proposalDepositReturn = 121
  /// To the treasury, after a veto.
  case proposalDepositForfeit = 122
  case agentBond = 140
  case agentBondReturn = 141
  /// Into an agent's purse.
  case agentFunding = 142
  /// From an agent's purse to its owner.
  case agentDefunding = 143
  /// From an agent's purse, by its key.
  case agentPayment = 144
  case agentDemandDeposit = 145
  /// To whoever demanded what was not served.
  case agentDemandReturn = 146
  /// To the owner of the agent that served.
  case agentDemandFee = 147
  /// From an agent's bond to whoever proved its offence.
  case agentReward = 148
  /// From an agent's bond to the treasury.
  case agentSlash = 149
  case disputeBond = 160
  case disputeBondReturn = 161
  /// From the loser's bond into the pot that is divided at once.
  case disputeSlash = 162
  /// From the pot to the winner.
  case disputeReward = 163
  /// From the pot to a verifier of the majority.
  case panelReward = 164
  /// From the pot to the treasury.
  case disputeTreasury = 165
  case dataDeposit = 166
  /// To whoever demanded what was not served.
  case dataDepositReturn = 167
  /// To whoever is behind the data that was served.
  case dataFee = 168
  case verifierBond = 169
  case verifierBondReturn = 170
  /// To the treasury, for an absent verifier or one of the minority.
  case verifierSlash = 171
  case subsidyFunding = 180
  /// From the subsidy pool to a contributor who claimed.
  case subsidy = 181

  /// Where an answer's fee goes; together these equal ``answerFee`` to the unit.
  public static let answerParts: [MoveCause] = [
    .platformFee, .treasuryPart, .validatorsPart, .baseModelPart, .adapterOwnerPart, .serverPart,
    .adapterStakersPart, .contributorsPart, .answerRefund,
  ]
}

extension MoveCause: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let cause = MoveCause(rawValue: tag) else { throw .unknownTag(tag) }
    self = cause
  }
}
