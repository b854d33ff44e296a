public import CanonicalCoding

/// What a transaction asks for; one message each.
///
/// Indirect, since the largest message takes more than a kilobyte and queues copy transactions.
public indirect enum Message: Hashable, Codable, Sendable {
  case transfer(Transfer)
  case transferToMany(TransferToMany)
  case rotateKey(RotateKey)
  case createDatanet(CreateDatanet)
  case commitContribution(CommitContribution)
  case revealContribution(RevealContribution)
  case commitHeldOut(CommitHeldOut)
  case revealHeldOut(RevealHeldOut)
  case publishVersion(PublishVersion)
  case draftVersion(DraftVersion)
  case acceptVersion(AcceptVersion)
  case judgeContributions(JudgeContributions)
  case withdrawContribution(WithdrawContribution)
  case grantRole(GrantRole)
  case revokeRole(RevokeRole)
  case transferDatanet(TransferDatanet)
  case changeDatanetTerms(ChangeDatanetTerms)
  case closeDatanet(CloseDatanet)
  case bondCurator(BondCurator)
  case unbondCurator(UnbondCurator)
  case registerBaseModel(RegisterBaseModel)
  case submitRunRecord(SubmitRunRecord)
  case publishAdapter(PublishAdapter)
  case transferBaseModel(TransferBaseModel)
  case changeRates(ChangeRates)
  case promoteAdapter(PromoteAdapter)
  case rollBackAdapter(RollBackAdapter)
  case retireAdapter(RetireAdapter)
  case withdrawRunBond(WithdrawRunBond)
  case stakeOnRun(StakeOnRun)
  case unstakeFromRun(UnstakeFromRun)
  case claimStakeReward(ClaimStakeReward)
  case openChannel(OpenChannel)
  case topUpChannel(TopUpChannel)
  case closeChannel(CloseChannel)
  case settleBatch(SettleBatch)
  case depositServerBond(DepositServerBond)
  case withdrawServerBond(WithdrawServerBond)
  case claimAmounts(ClaimAmounts)
  case reportOutcome(ReportOutcome)
  case createValidator(CreateValidator)
  case editValidator(EditValidator)
  case unjail(Unjail)
  case delegate(Delegate)
  case undelegate(Undelegate)
  case redelegate(Redelegate)
  case cancelUnbonding(CancelUnbonding)
  case withdrawRewards(WithdrawRewards)
  case withdrawCommission(WithdrawCommission)
  case submitProposal(SubmitProposal)
  case depositForProposal(DepositForProposal)
  case castVote(CastVote)
  case castEntrustedVotes(CastEntrustedVotes)
  case entrustVote(EntrustVote)
  case wrapStake(WrapStake)
  case unwrapStake(UnwrapStake)
  case transferWrappedStake(TransferWrappedStake)
  case registerAgent(RegisterAgent)
  case updateAgent(UpdateAgent)
  case fundAgent(FundAgent)
  case defundAgent(DefundAgent)
  case bondAgent(BondAgent)
  case pauseAgent(PauseAgent)
  case retireAgent(RetireAgent)
  case actAsAgent(ActAsAgent)
  case recordActions(RecordActions)
  case demandAction(DemandAction)
  case serveAction(ServeAction)
  case reportContradiction(ReportContradiction)
  case reportOverspending(ReportOverspending)
  case proveBatchFault(ProveBatchFault)
  case proveIndexFault(ProveIndexFault)
  case presentReceipt(PresentReceipt)
  case demandData(DemandData)
  case serveData(ServeData)
  case openDispute(OpenDispute)
  case answerDispute(AnswerDispute)
  case commitVerdict(CommitVerdict)
  case revealVerdict(RevealVerdict)
  case registerVerifier(RegisterVerifier)
  case retireVerifier(RetireVerifier)
  case fundSubsidyPool(FundSubsidyPool)
}

/// The tag that begins each message's encoding; numbers are never reused.
public enum MessageKind: UInt16, NameCodable, Sendable {
  case transfer = 0x0101
  case transferToMany = 0x0102
  case rotateKey = 0x0103
  case createDatanet = 0x0201
  case commitContribution = 0x0202
  case revealContribution = 0x0203
  case commitHeldOut = 0x0204
  case revealHeldOut = 0x0205
  case publishVersion = 0x0206
  case draftVersion = 0x0207
  case acceptVersion = 0x0208
  case judgeContributions = 0x0209
  case withdrawContribution = 0x020A
  case grantRole = 0x020B
  case revokeRole = 0x020C
  case transferDatanet = 0x020D
  case changeDatanetTerms = 0x020E
  case closeDatanet = 0x020F
  case bondCurator = 0x0210
  case unbondCurator = 0x0211
  case registerBaseModel = 0x0301
  case submitRunRecord = 0x0302
  case publishAdapter = 0x0303
  case transferBaseModel = 0x0304
  case changeRates = 0x0305
  case promoteAdapter = 0x0306
  case rollBackAdapter = 0x0307
  case retireAdapter = 0x0308
  case withdrawRunBond = 0x0309
  case stakeOnRun = 0x030A
  case unstakeFromRun = 0x030B
  case claimStakeReward = 0x030C
  case openChannel = 0x0401
  case topUpChannel = 0x0402
  case closeChannel = 0x0403
  case settleBatch = 0x0502
  case depositServerBond = 0x0503
  case withdrawServerBond = 0x0504
  case claimAmounts = 0x0505
  case reportOutcome = 0x0506
  case createValidator = 0x0601
  case editValidator = 0x0602
  case unjail = 0x0603
  case delegate = 0x0604
  case undelegate = 0x0605
  case redelegate = 0x0606
  case cancelUnbonding = 0x0607
  case withdrawRewards = 0x0608
  case withdrawCommission = 0x0609
  case submitProposal = 0x0701
  case depositForProposal = 0x0702
  case castVote = 0x0703
  case castEntrustedVotes = 0x0704
  case entrustVote = 0x0705
  case wrapStake = 0x0711
  case unwrapStake = 0x0712
  case transferWrappedStake = 0x0713
  case registerAgent = 0x0801
  case updateAgent = 0x0802
  case fundAgent = 0x0803
  case defundAgent = 0x0804
  case bondAgent = 0x0805
  case pauseAgent = 0x0806
  case retireAgent = 0x0807
  case actAsAgent = 0x0808
  case recordActions = 0x0809
  case demandAction = 0x080A
  case serveAction = 0x080B
  case reportContradiction = 0x080C
  case reportOverspending = 0x080D
  case proveBatchFault = 0x0901
  case proveIndexFault = 0x0902
  case demandData = 0x0903
  case serveData = 0x0904
  case openDispute = 0x0905
  case answerDispute = 0x0906
  case commitVerdict = 0x0907
  case revealVerdict = 0x0908
  case registerVerifier = 0x0909
  case retireVerifier = 0x090A
  case presentReceipt = 0x090B
  case fundSubsidyPool = 0x0A01
}
