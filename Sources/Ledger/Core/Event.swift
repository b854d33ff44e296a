public import CanonicalCoding
public import Primitives

/// What happened; numbers are never reused.
public enum EventKind: UInt16, NameCodable, Sendable {
  /// To an account; the amount moved.
  case transferred = 1
  /// Of an account.
  case keyRotated = 2
  case datanetCreated = 10
  /// The amount is the deposit.
  case contributionCommitted = 11
  /// The amount is the deposit that came back.
  case contributionRevealed = 12
  /// Of the datanet.
  case heldOutCommitted = 13
  /// Of the datanet.
  case heldOutRevealed = 14
  /// Of the datanet.
  case versionPublished = 15
  /// Of the datanet.
  case versionDrafted = 16
  /// Of the datanet, by one curator.
  case versionAccepted = 17
  /// Of the datanet: a contribution was withdrawn before it was published.
  case versionVoided = 18
  case contributionAccepted = 19
  case baseModelRegistered = 20
  /// The amount is the bond.
  case runSubmitted = 21
  case adapterPublished = 22
  case adapterPromoted = 23
  case adapterRolledBack = 24
  case adapterRetired = 25
  /// Takes effect after its notice.
  case rateChangeAnnounced = 26
  case ratesChanged = 27
  /// Its challenge window is over, undisputed.
  case runFinal = 28
  /// The amount is the bond that came back.
  case runBondReturned = 29
  /// The amount is the deposit.
  case channelOpened = 30
  case channelToppedUp = 31
  case channelClosing = 32
  /// The amount is what returned to the payer.
  case channelClosed = 33
  /// To an account; the amount it had coming.
  case claimPaid = 41
  /// Of the batch; the amount is what its channels pay.
  case batchSettled = 42
  /// Of the batch: its money is handed out.
  case batchFinal = 43
  /// Of the batch: its money went back to the channels.
  case batchVoided = 44
  /// Of the batch; the amount is what changed hands.
  case batchCorrected = 45
  /// Of the server's account.
  case serverBondDeposited = 46
  /// Of the server's account.
  case serverBondWithdrawn = 47
  /// To an account; less than is worth paying.
  case dustAccrued = 48
  /// Of the batch; the amount is what nobody claimed of one adapter's part.
  case claimsLapsed = 49
  /// Of an account; what it had coming goes to the treasury, as the held-out set was withheld.
  case claimForfeited = 50
  /// The amount is the operator's own stake.
  case validatorCreated = 100
  case validatorEdited = 101
  case validatorJailed = 102
  case validatorUnjailed = 103
  /// The amount is what was taken of the stake at the validator.
  case validatorSlashed = 104
  case validatorTombstoned = 105
  /// To a validator.
  case delegated = 106
  /// From a validator; the amount is on its way back.
  case undelegated = 107
  /// To a validator.
  case redelegated = 108
  /// The amount is staked again with the validator.
  case unbondingCancelled = 109
  /// To an account; the amount that came back.
  case unbonded = 110
  /// To a delegator.
  case stakingRewardPaid = 111
  /// To an operator.
  case commissionPaid = 112
  /// The amount an offence took from a delegator's stake that had moved on.
  case stakeSlashed = 113
  /// Stake at a validator is free of lock and exposure; the amount is all that is free there.
  case delegationReleased = 114
  case proposalSubmitted = 120
  /// For the proposal; the amount put up.
  case proposalDeposited = 121
  /// To an account; the amount it had put up.
  case proposalDepositReturned = 122
  /// Of an account, to the treasury.
  case proposalDepositForfeited = 123
  /// On the proposal.
  case voteOpened = 124
  /// On the proposal, by the signer.
  case voteCast = 125
  /// In the name of an account.
  case entrustedVoteCast = 126
  /// To an account; to the signer's own when it votes for itself again.
  case voteEntrusted = 127
  /// The deposits never reached the minimum.
  case proposalLapsed = 128
  case proposalRejected = 129
  case proposalVetoed = 130
  /// Its change comes into force after the timelock.
  case proposalPassed = 131
  /// A text passed, or a change came into force.
  case proposalAccepted = 132
  /// What it meant to replace was no longer in force.
  case proposalSuperseded = 133
  /// At the validator; the amount is what the shares are worth.
  case stakeWrapped = 135
  /// At the validator; the amount is what the shares are worth.
  case stakeUnwrapped = 136
  /// To an account; the amount is what the shares are worth.
  case wrappedStakeTransferred = 137
  /// The amount is the bond.
  case agentRegistered = 140
  case agentUpdated = 141
  case agentFunded = 142
  case agentDefunded = 143
  case agentBonded = 144
  case agentPaused = 145
  case agentResumed = 146
  case agentRetiring = 147
  /// The amount is the bond that came back.
  case agentRetired = 148
  /// To an account, from an agent's purse.
  case agentPaid = 149
  /// Of the agent; the amount is what it says it spent.
  case actionsRecorded = 150
  /// Of the agent; the amount is the deposit.
  case actionDemanded = 151
  /// Of the agent; the amount is the deposit that its owner gets.
  case actionServed = 152
  /// Of the agent.
  case actionWithheld = 153
  /// The amount is what it lost.
  case agentSlashed = 154
  /// Of the batch or run that was proved wrong.
  case faultProved = 160
  /// Of the batch or run; the amount is the deposit.
  case dataDemanded = 161
  /// Of the batch or run; the amount is the deposit, to whoever is behind it.
  case dataServed = 162
  /// Of the batch or run.
  case dataWithheld = 163
  /// The amount is the bond.
  case disputeOpened = 164
  case disputeAnswered = 165
  /// Of the dispute.
  case panelDrawn = 166
  /// Of the dispute.
  case verdictCommitted = 167
  /// Of the dispute.
  case verdictRevealed = 168
  case disputeExtended = 169
  /// The amount is the bond that came back.
  case disputeUpheld = 170
  /// The amount is the bond that was lost.
  case disputeRejected = 171
  /// The amount is the bond that came back.
  case disputeDismissed = 172
  /// Of the verifier's account; the amount is what its bond grew by.
  case verifierRegistered = 173
  case verifierRetiring = 174
  /// The amount is the bond that came back.
  case verifierRetired = 175
  /// The amount is what it lost.
  case verifierSlashed = 176
  /// Of the server's account; the amount is what it lost.
  case serverSlashed = 177
  /// Of a receipt that was proved wrong; its batch waits for it.
  case receiptStruck = 178
  /// Of the receipt in its place; the amount is the bond.
  case receiptPresented = 179
  /// Of a receipt whose spans were proved wrong.
  case spansStruck = 182
  /// Of a receipt that was proved wrong; the amount is the fee that its payer has back.
  case receiptVoided = 183
  /// Of a receipt; the amount is its fee.
  case outcomeReported = 184
  /// The accused did not show what decides it; the amount is the bond that came back.
  case disputeWithheld = 185
  /// Of the batch.
  case auditorsDrawn = 190
  case contributionRejected = 200
  case contributionWithdrawn = 201
  case contributionErased = 202
  /// To an account.
  case roleGranted = 203
  /// From an account.
  case roleRevoked = 204
  case datanetTransferred = 205
  case datanetTermsChanged = 206
  case datanetClosed = 207
  /// The amount is the bond.
  case datanetBondReturned = 208
  /// Of the curator's account; the amount is the bond.
  case curatorBonded = 209
  /// Of the curator's account; the amount is the bond.
  case curatorUnbonding = 210
  /// Of the curator's account; the amount is the bond.
  case curatorBondReturned = 211
  /// Of the curator's account; the amount is the bond.
  case curatorSlashed = 212
  /// Of the datanet: no curator opened the set in time, so the ledger did.
  case heldOutOpened = 213
  /// Of the datanet: nobody revealed any part in time, so nobody is paid for the epoch.
  case heldOutWithheld = 214
  /// The amount is the bond.
  case datanetSlashed = 215
  /// Of the giver's account.
  case subsidyPoolFunded = 180
  /// To an account.
  case subsidyPaid = 181
  case baseModelTransferred = 220
  /// The amount is the stake.
  case runStaked = 221
  /// The amount is the stake that leaves.
  case runUnstaked = 222
  /// To an account; the stake that came back.
  case runStakeReturned = 223
  /// To an account; what its stake earned.
  case stakeRewardPaid = 224
  case runDisputed = 225
  /// The amount is what was taken from bond and stake.
  case runSlashed = 226
}

/// A thing that happened to one subject, and the money it moved, if any.
public struct Event: Hashable, CanonicalCodable {
  public let kind: EventKind
  public let subject: Digest
  public let amount: Amount

  public init(kind: EventKind, subject: Digest, amount: Amount) {
    self.kind = kind
    self.subject = subject
    self.amount = amount
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: kind.rawValue)
    encoder.encode(subject)
    encoder.encode(amount)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let kind = EventKind(rawValue: tag) else { throw .unknownTag(tag) }
    self.kind = kind
    subject = try decoder.decode()
    amount = try decoder.decode()
  }
}
