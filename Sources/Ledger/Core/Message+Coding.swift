public import CanonicalCoding

extension Message: CanonicalCodable, UnionCodable {
  public static let caseNames = MessageKind.allCases.map { "\($0)" }

  public var kind: MessageKind {
    switch self {
    case .transfer: .transfer
    case .transferToMany: .transferToMany
    case .rotateKey: .rotateKey
    case .createDatanet: .createDatanet
    case .commitContribution: .commitContribution
    case .revealContribution: .revealContribution
    case .commitHeldOut: .commitHeldOut
    case .revealHeldOut: .revealHeldOut
    case .publishVersion: .publishVersion
    case .draftVersion: .draftVersion
    case .acceptVersion: .acceptVersion
    case .judgeContributions: .judgeContributions
    case .withdrawContribution: .withdrawContribution
    case .grantRole: .grantRole
    case .revokeRole: .revokeRole
    case .transferDatanet: .transferDatanet
    case .changeDatanetTerms: .changeDatanetTerms
    case .closeDatanet: .closeDatanet
    case .bondCurator: .bondCurator
    case .unbondCurator: .unbondCurator
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
    case .settleBatch: .settleBatch
    case .depositServerBond: .depositServerBond
    case .withdrawServerBond: .withdrawServerBond
    case .claimAmounts: .claimAmounts
    case .reportOutcome: .reportOutcome
    case .createValidator: .createValidator
    case .editValidator: .editValidator
    case .unjail: .unjail
    case .delegate: .delegate
    case .undelegate: .undelegate
    case .redelegate: .redelegate
    case .cancelUnbonding: .cancelUnbonding
    case .withdrawRewards: .withdrawRewards
    case .withdrawCommission: .withdrawCommission
    case .submitProposal: .submitProposal
    case .depositForProposal: .depositForProposal
    case .castVote: .castVote
    case .castEntrustedVotes: .castEntrustedVotes
    case .entrustVote: .entrustVote
    case .wrapStake: .wrapStake
    case .unwrapStake: .unwrapStake
    case .transferWrappedStake: .transferWrappedStake
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
    case .proveBatchFault: .proveBatchFault
    case .proveIndexFault: .proveIndexFault
    case .presentReceipt: .presentReceipt
    case .demandData: .demandData
    case .serveData: .serveData
    case .openDispute: .openDispute
    case .answerDispute: .answerDispute
    case .commitVerdict: .commitVerdict
    case .revealVerdict: .revealVerdict
    case .registerVerifier: .registerVerifier
    case .retireVerifier: .retireVerifier
    case .fundSubsidyPool: .fundSubsidyPool
    }
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(tag: kind.rawValue)
    switch self {
    case .transfer(let message): encoder.encode(message)
    case .transferToMany(let message): encoder.encode(message)
    case .rotateKey(let message): encoder.encode(message)
    case .createDatanet(let message): encoder.encode(message)
    case .commitContribution(let message): encoder.encode(message)
    case .revealContribution(let message): encoder.encode(message)
    case .commitHeldOut(let message): encoder.encode(message)
    case .revealHeldOut(let message): encoder.encode(message)
    case .publishVersion(let message): encoder.encode(message)
    case .draftVersion(let message): encoder.encode(message)
    case .acceptVersion(let message): encoder.encode(message)
    case .judgeContributions(let message): encoder.encode(message)
    case .withdrawContribution(let message): encoder.encode(message)
    case .grantRole(let message): encoder.encode(message)
    case .revokeRole(let message): encoder.encode(message)
    case .transferDatanet(let message): encoder.encode(message)
    case .changeDatanetTerms(let message): encoder.encode(message)
    case .closeDatanet(let message): encoder.encode(message)
    case .bondCurator(let message): encoder.encode(message)
    case .unbondCurator(let message): encoder.encode(message)
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
    case .settleBatch(let message): encoder.encode(message)
    case .depositServerBond(let message): encoder.encode(message)
    case .withdrawServerBond(let message): encoder.encode(message)
    case .claimAmounts(let message): encoder.encode(message)
    case .reportOutcome(let message): encoder.encode(message)
    case .createValidator(let message): encoder.encode(message)
    case .editValidator(let message): encoder.encode(message)
    case .unjail(let message): encoder.encode(message)
    case .delegate(let message): encoder.encode(message)
    case .undelegate(let message): encoder.encode(message)
    case .redelegate(let message): encoder.encode(message)
    case .cancelUnbonding(let message): encoder.encode(message)
    case .withdrawRewards(let message): encoder.encode(message)
    case .withdrawCommission(let message): encoder.encode(message)
    case .submitProposal(let message): encoder.encode(message)
    case .depositForProposal(let message): encoder.encode(message)
    case .castVote(let message): encoder.encode(message)
    case .castEntrustedVotes(let message): encoder.encode(message)
    case .entrustVote(let message): encoder.encode(message)
    case .wrapStake(let message): encoder.encode(message)
    case .unwrapStake(let message): encoder.encode(message)
    case .transferWrappedStake(let message): encoder.encode(message)
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
    case .proveBatchFault(let message): encoder.encode(message)
    case .proveIndexFault(let message): encoder.encode(message)
    case .presentReceipt(let message): encoder.encode(message)
    case .demandData(let message): encoder.encode(message)
    case .serveData(let message): encoder.encode(message)
    case .openDispute(let message): encoder.encode(message)
    case .answerDispute(let message): encoder.encode(message)
    case .commitVerdict(let message): encoder.encode(message)
    case .revealVerdict(let message): encoder.encode(message)
    case .registerVerifier(let message): encoder.encode(message)
    case .retireVerifier(let message): encoder.encode(message)
    case .fundSubsidyPool(let message): encoder.encode(message)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    let tag = try decoder.tag()
    guard let kind = MessageKind(rawValue: tag) else { throw .unknownTag(tag) }
    switch kind {
    case .transfer: self = .transfer(try decoder.decode())
    case .transferToMany: self = .transferToMany(try decoder.decode())
    case .rotateKey: self = .rotateKey(try decoder.decode())
    case .createDatanet: self = .createDatanet(try decoder.decode())
    case .commitContribution: self = .commitContribution(try decoder.decode())
    case .revealContribution: self = .revealContribution(try decoder.decode())
    case .commitHeldOut: self = .commitHeldOut(try decoder.decode())
    case .revealHeldOut: self = .revealHeldOut(try decoder.decode())
    case .publishVersion: self = .publishVersion(try decoder.decode())
    case .draftVersion: self = .draftVersion(try decoder.decode())
    case .acceptVersion: self = .acceptVersion(try decoder.decode())
    case .judgeContributions: self = .judgeContributions(try decoder.decode())
    case .withdrawContribution: self = .withdrawContribution(try decoder.decode())
    case .grantRole: self = .grantRole(try decoder.decode())
    case .revokeRole: self = .revokeRole(try decoder.decode())
    case .transferDatanet: self = .transferDatanet(try decoder.decode())
    case .changeDatanetTerms: self = .changeDatanetTerms(try decoder.decode())
    case .closeDatanet: self = .closeDatanet(try decoder.decode())
    case .bondCurator: self = .bondCurator(try decoder.decode())
    case .unbondCurator: self = .unbondCurator(try decoder.decode())
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
    case .settleBatch: self = .settleBatch(try decoder.decode())
    case .depositServerBond: self = .depositServerBond(try decoder.decode())
    case .withdrawServerBond: self = .withdrawServerBond(try decoder.decode())
    case .claimAmounts: self = .claimAmounts(try decoder.decode())
    case .reportOutcome: self = .reportOutcome(try decoder.decode())
    case .createValidator: self = .createValidator(try decoder.decode())
    case .editValidator: self = .editValidator(try decoder.decode())
    case .unjail: self = .unjail(try decoder.decode())
    case .delegate: self = .delegate(try decoder.decode())
    case .undelegate: self = .undelegate(try decoder.decode())
    case .redelegate: self = .redelegate(try decoder.decode())
    case .cancelUnbonding: self = .cancelUnbonding(try decoder.decode())
    case .withdrawRewards: self = .withdrawRewards(try decoder.decode())
    case .withdrawCommission: self = .withdrawCommission(try decoder.decode())
    case .submitProposal: self = .submitProposal(try decoder.decode())
    case .depositForProposal: self = .depositForProposal(try decoder.decode())
    case .castVote: self = .castVote(try decoder.decode())
    case .castEntrustedVotes: self = .castEntrustedVotes(try decoder.decode())
    case .entrustVote: self = .entrustVote(try decoder.decode())
    case .wrapStake: self = .wrapStake(try decoder.decode())
    case .unwrapStake: self = .unwrapStake(try decoder.decode())
    case .transferWrappedStake: self = .transferWrappedStake(try decoder.decode())
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
    case .proveBatchFault: self = .proveBatchFault(try decoder.decode())
    case .proveIndexFault: self = .proveIndexFault(try decoder.decode())
    case .presentReceipt: self = .presentReceipt(try decoder.decode())
    case .demandData: self = .demandData(try decoder.decode())
    case .serveData: self = .serveData(try decoder.decode())
    case .openDispute: self = .openDispute(try decoder.decode())
    case .answerDispute: self = .answerDispute(try decoder.decode())
    case .commitVerdict: self = .commitVerdict(try decoder.decode())
    case .revealVerdict: self = .revealVerdict(try decoder.decode())
    case .registerVerifier: self = .registerVerifier(try decoder.decode())
    case .retireVerifier: self = .retireVerifier(try decoder.decode())
    case .fundSubsidyPool: self = .fundSubsidyPool(try decoder.decode())
    }
  }
}
