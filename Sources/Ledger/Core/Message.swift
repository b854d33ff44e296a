public import CanonicalCoding

/// What a transaction asks for; one message each.
public enum Message: Hashable, Codable, Sendable {
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
  case settleReceipts(SettleReceipts)
  case settleBatch(SettleBatch)
  case depositServerBond(DepositServerBond)
  case withdrawServerBond(WithdrawServerBond)
  case claimAmounts(ClaimAmounts)
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
  case settleReceipts = 0x0501
  case settleBatch = 0x0502
  case depositServerBond = 0x0503
  case withdrawServerBond = 0x0504
  case claimAmounts = 0x0505
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
  case fundSubsidyPool = 0x0A01
}

extension Message: CanonicalCodable {
  public var kind: MessageKind {
    switch self {
    case .transfer: .transfer
    case .createDatanet: .createDatanet
    case .commitContribution: .commitContribution
    case .revealContribution: .revealContribution
    case .commitHeldOut: .commitHeldOut
    case .revealHeldOut: .revealHeldOut
    case .publishVersion: .publishVersion
    case .registerBaseModel: .registerBaseModel
    case .submitRunRecord: .submitRunRecord
    case .publishAdapter: .publishAdapter
    case .transferBaseModel: .transferBaseModel
    case .changeRates: .changeRates
    case .promoteAdapter: .promoteAdapter
    case .rollBackAdapter: .rollBackAdapter
    case .retireAdapter: .retireAdapter
    case .withdrawRunBond: .withdrawRunBond
    case .stakeOnRun: .stakeOnRun
    case .unstakeFromRun: .unstakeFromRun
    case .claimStakeReward: .claimStakeReward
    case .openChannel: .openChannel
    case .topUpChannel: .topUpChannel
    case .closeChannel: .closeChannel
    case .settleReceipts: .settleReceipts
    case .settleBatch: .settleBatch
    case .depositServerBond: .depositServerBond
    case .withdrawServerBond: .withdrawServerBond
    case .claimAmounts: .claimAmounts
    case .createValidator: .createValidator
    case .editValidator: .editValidator
    case .unjail: .unjail
    case .delegate: .delegate
    case .undelegate: .undelegate
    case .redelegate: .redelegate
    case .cancelUnbonding: .cancelUnbonding
    case .withdrawRewards: .withdrawRewards
    case .withdrawCommission: .withdrawCommission
    case .registerAgent: .registerAgent
    case .updateAgent: .updateAgent
    case .fundAgent: .fundAgent
    case .defundAgent: .defundAgent
    case .bondAgent: .bondAgent
    case .pauseAgent: .pauseAgent
    case .retireAgent: .retireAgent
    case .actAsAgent: .actAsAgent
    case .recordActions: .recordActions
    case .demandAction: .demandAction
    case .serveAction: .serveAction
    case .reportContradiction: .reportContradiction
    case .reportOverspending: .reportOverspending
    case .fundSubsidyPool: .fundSubsidyPool
    }
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: kind.rawValue)
    switch self {
    case .transfer(let message): encoder.encode(message)
    case .createDatanet(let message): encoder.encode(message)
    case .commitContribution(let message): encoder.encode(message)
    case .revealContribution(let message): encoder.encode(message)
    case .commitHeldOut(let message): encoder.encode(message)
    case .revealHeldOut(let message): encoder.encode(message)
    case .publishVersion(let message): encoder.encode(message)
    case .registerBaseModel(let message): encoder.encode(message)
    case .submitRunRecord(let message): encoder.encode(message)
    case .publishAdapter(let message): encoder.encode(message)
    case .transferBaseModel(let message): encoder.encode(message)
    case .changeRates(let message): encoder.encode(message)
    case .promoteAdapter(let message): encoder.encode(message)
    case .rollBackAdapter(let message): encoder.encode(message)
    case .retireAdapter(let message): encoder.encode(message)
    case .withdrawRunBond(let message): encoder.encode(message)
    case .stakeOnRun(let message): encoder.encode(message)
    case .unstakeFromRun(let message): encoder.encode(message)
    case .claimStakeReward(let message): encoder.encode(message)
    case .openChannel(let message): encoder.encode(message)
    case .topUpChannel(let message): encoder.encode(message)
    case .closeChannel(let message): encoder.encode(message)
    case .settleReceipts(let message): encoder.encode(message)
    case .settleBatch(let message): encoder.encode(message)
    case .depositServerBond(let message): encoder.encode(message)
    case .withdrawServerBond(let message): encoder.encode(message)
    case .claimAmounts(let message): encoder.encode(message)
    case .createValidator(let message): encoder.encode(message)
    case .editValidator(let message): encoder.encode(message)
    case .unjail(let message): encoder.encode(message)
    case .delegate(let message): encoder.encode(message)
    case .undelegate(let message): encoder.encode(message)
    case .redelegate(let message): encoder.encode(message)
    case .cancelUnbonding(let message): encoder.encode(message)
    case .withdrawRewards(let message): encoder.encode(message)
    case .withdrawCommission(let message): encoder.encode(message)
    case .registerAgent(let message): encoder.encode(message)
    case .updateAgent(let message): encoder.encode(message)
    case .fundAgent(let message): encoder.encode(message)
    case .defundAgent(let message): encoder.encode(message)
    case .bondAgent(let message): encoder.encode(message)
    case .pauseAgent(let message): encoder.encode(message)
    case .retireAgent(let message): encoder.encode(message)
    case .actAsAgent(let message): encoder.encode(message)
    case .recordActions(let message): encoder.encode(message)
    case .demandAction(let message): encoder.encode(message)
    case .serveAction(let message): encoder.encode(message)
    case .reportContradiction(let message): encoder.encode(message)
    case .reportOverspending(let message): encoder.encode(message)
    case .fundSubsidyPool(let message): encoder.encode(message)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let kind = MessageKind(rawValue: tag) else { throw .unknownTag(tag) }
    switch kind {
    case .transfer: self = .transfer(try decoder.decode())
    case .createDatanet: self = .createDatanet(try decoder.decode())
    case .commitContribution: self = .commitContribution(try decoder.decode())
    case .revealContribution: self = .revealContribution(try decoder.decode())
    case .commitHeldOut: self = .commitHeldOut(try decoder.decode())
    case .revealHeldOut: self = .revealHeldOut(try decoder.decode())
    case .publishVersion: self = .publishVersion(try decoder.decode())
    case .registerBaseModel: self = .registerBaseModel(try decoder.decode())
    case .submitRunRecord: self = .submitRunRecord(try decoder.decode())
    case .publishAdapter: self = .publishAdapter(try decoder.decode())
    case .transferBaseModel: self = .transferBaseModel(try decoder.decode())
    case .changeRates: self = .changeRates(try decoder.decode())
    case .promoteAdapter: self = .promoteAdapter(try decoder.decode())
    case .rollBackAdapter: self = .rollBackAdapter(try decoder.decode())
    case .retireAdapter: self = .retireAdapter(try decoder.decode())
    case .withdrawRunBond: self = .withdrawRunBond(try decoder.decode())
    case .stakeOnRun: self = .stakeOnRun(try decoder.decode())
    case .unstakeFromRun: self = .unstakeFromRun(try decoder.decode())
    case .claimStakeReward: self = .claimStakeReward(try decoder.decode())
    case .openChannel: self = .openChannel(try decoder.decode())
    case .topUpChannel: self = .topUpChannel(try decoder.decode())
    case .closeChannel: self = .closeChannel(try decoder.decode())
    case .settleReceipts: self = .settleReceipts(try decoder.decode())
    case .settleBatch: self = .settleBatch(try decoder.decode())
    case .depositServerBond: self = .depositServerBond(try decoder.decode())
    case .withdrawServerBond: self = .withdrawServerBond(try decoder.decode())
    case .claimAmounts: self = .claimAmounts(try decoder.decode())
    case .createValidator: self = .createValidator(try decoder.decode())
    case .editValidator: self = .editValidator(try decoder.decode())
    case .unjail: self = .unjail(try decoder.decode())
    case .delegate: self = .delegate(try decoder.decode())
    case .undelegate: self = .undelegate(try decoder.decode())
    case .redelegate: self = .redelegate(try decoder.decode())
    case .cancelUnbonding: self = .cancelUnbonding(try decoder.decode())
    case .withdrawRewards: self = .withdrawRewards(try decoder.decode())
    case .withdrawCommission: self = .withdrawCommission(try decoder.decode())
    case .registerAgent: self = .registerAgent(try decoder.decode())
    case .updateAgent: self = .updateAgent(try decoder.decode())
    case .fundAgent: self = .fundAgent(try decoder.decode())
    case .defundAgent: self = .defundAgent(try decoder.decode())
    case .bondAgent: self = .bondAgent(try decoder.decode())
    case .pauseAgent: self = .pauseAgent(try decoder.decode())
    case .retireAgent: self = .retireAgent(try decoder.decode())
    case .actAsAgent: self = .actAsAgent(try decoder.decode())
    case .recordActions: self = .recordActions(try decoder.decode())
    case .demandAction: self = .demandAction(try decoder.decode())
    case .serveAction: self = .serveAction(try decoder.decode())
    case .reportContradiction: self = .reportContradiction(try decoder.decode())
    case .reportOverspending: self = .reportOverspending(try decoder.decode())
    case .fundSubsidyPool: self = .fundSubsidyPool(try decoder.decode())
    }
  }
}

extension LedgerState {
  /// Applies any message by its subject's rules.
  mutating func apply(_ message: Message, in context: BlockContext) throws(Rejection) {
    switch message {
    case .transfer(let message): try apply(message, in: context)
    case .createDatanet(let message): try apply(message, in: context)
    case .commitContribution(let message): try apply(message, in: context)
    case .revealContribution(let message): try apply(message, in: context)
    case .commitHeldOut(let message): try apply(message, in: context)
    case .revealHeldOut(let message): try apply(message, in: context)
    case .publishVersion(let message): try apply(message, in: context)
    case .registerBaseModel(let message): try apply(message, in: context)
    case .submitRunRecord(let message): try apply(message, in: context)
    case .publishAdapter(let message): try apply(message, in: context)
    case .transferBaseModel(let message): try apply(message, in: context)
    case .changeRates(let message): try apply(message, in: context)
    case .promoteAdapter(let message): try apply(message, in: context)
    case .rollBackAdapter(let message): try apply(message, in: context)
    case .retireAdapter(let message): try apply(message, in: context)
    case .withdrawRunBond(let message): try apply(message, in: context)
    case .stakeOnRun(let message): try apply(message, in: context)
    case .unstakeFromRun(let message): try apply(message, in: context)
    case .claimStakeReward(let message): try apply(message, in: context)
    case .openChannel(let message): try apply(message, in: context)
    case .topUpChannel(let message): try apply(message, in: context)
    case .closeChannel(let message): try apply(message, in: context)
    case .settleReceipts(let message): try apply(message, in: context)
    case .settleBatch(let message): try apply(message, in: context)
    case .depositServerBond(let message): try apply(message, in: context)
    case .withdrawServerBond(let message): try apply(message, in: context)
    case .claimAmounts(let message): try apply(message, in: context)
    case .createValidator(let message): try apply(message, in: context)
    case .editValidator(let message): try apply(message, in: context)
    case .unjail(let message): try apply(message, in: context)
    case .delegate(let message): try apply(message, in: context)
    case .undelegate(let message): try apply(message, in: context)
    case .redelegate(let message): try apply(message, in: context)
    case .cancelUnbonding(let message): try apply(message, in: context)
    case .withdrawRewards(let message): try apply(message, in: context)
    case .withdrawCommission(let message): try apply(message, in: context)
    case .registerAgent(let message): try apply(message, in: context)
    case .updateAgent(let message): try apply(message, in: context)
    case .fundAgent(let message): try apply(message, in: context)
    case .defundAgent(let message): try apply(message, in: context)
    case .bondAgent(let message): try apply(message, in: context)
    case .pauseAgent(let message): try apply(message, in: context)
    case .retireAgent(let message): try apply(message, in: context)
    case .actAsAgent(let message): try apply(message, in: context)
    case .recordActions(let message): try apply(message, in: context)
    case .demandAction(let message): try apply(message, in: context)
    case .serveAction(let message): try apply(message, in: context)
    case .reportContradiction(let message): try apply(message, in: context)
    case .reportOverspending(let message): try apply(message, in: context)
    case .fundSubsidyPool(let message): try apply(message, in: context)
    }
  }
}
