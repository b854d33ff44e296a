public import CanonicalCoding

/// What a transaction asks for; one message each.
public enum Message: Hashable, Sendable {
  case transfer(Transfer)
  case createDatanet(CreateDatanet)
  case commitContribution(CommitContribution)
  case revealContribution(RevealContribution)
  case commitHeldOut(CommitHeldOut)
  case revealHeldOut(RevealHeldOut)
  case publishVersion(PublishVersion)
  case registerBaseModel(RegisterBaseModel)
  case submitRunRecord(SubmitRunRecord)
  case publishAdapter(PublishAdapter)
  case openChannel(OpenChannel)
  case topUpChannel(TopUpChannel)
  case closeChannel(CloseChannel)
  case settleReceipts(SettleReceipts)
  case settleBatch(SettleBatch)
  case depositServerBond(DepositServerBond)
  case withdrawServerBond(WithdrawServerBond)
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
}

/// The tag that begins each message's encoding; numbers are never reused.
public enum MessageKind: UInt16, CaseIterable, Sendable {
  case transfer = 0x0101
  case createDatanet = 0x0201
  case commitContribution = 0x0202
  case revealContribution = 0x0203
  case commitHeldOut = 0x0204
  case revealHeldOut = 0x0205
  case publishVersion = 0x0206
  case registerBaseModel = 0x0301
  case submitRunRecord = 0x0302
  case publishAdapter = 0x0303
  case openChannel = 0x0401
  case topUpChannel = 0x0402
  case closeChannel = 0x0403
  case settleReceipts = 0x0501
  case settleBatch = 0x0502
  case depositServerBond = 0x0503
  case withdrawServerBond = 0x0504
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
    case .openChannel: .openChannel
    case .topUpChannel: .topUpChannel
    case .closeChannel: .closeChannel
    case .settleReceipts: .settleReceipts
    case .settleBatch: .settleBatch
    case .depositServerBond: .depositServerBond
    case .withdrawServerBond: .withdrawServerBond
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
    case .openChannel(let message): encoder.encode(message)
    case .topUpChannel(let message): encoder.encode(message)
    case .closeChannel(let message): encoder.encode(message)
    case .settleReceipts(let message): encoder.encode(message)
    case .settleBatch(let message): encoder.encode(message)
    case .depositServerBond(let message): encoder.encode(message)
    case .withdrawServerBond(let message): encoder.encode(message)
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
    case .openChannel: self = .openChannel(try decoder.decode())
    case .topUpChannel: self = .topUpChannel(try decoder.decode())
    case .closeChannel: self = .closeChannel(try decoder.decode())
    case .settleReceipts: self = .settleReceipts(try decoder.decode())
    case .settleBatch: self = .settleBatch(try decoder.decode())
    case .depositServerBond: self = .depositServerBond(try decoder.decode())
    case .withdrawServerBond: self = .withdrawServerBond(try decoder.decode())
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
    case .openChannel(let message): try apply(message, in: context)
    case .topUpChannel(let message): try apply(message, in: context)
    case .closeChannel(let message): try apply(message, in: context)
    case .settleReceipts(let message): try apply(message, in: context)
    case .settleBatch(let message): try apply(message, in: context)
    case .depositServerBond(let message): try apply(message, in: context)
    case .withdrawServerBond(let message): try apply(message, in: context)
    case .createValidator(let message): try apply(message, in: context)
    case .editValidator(let message): try apply(message, in: context)
    case .unjail(let message): try apply(message, in: context)
    case .delegate(let message): try apply(message, in: context)
    case .undelegate(let message): try apply(message, in: context)
    case .redelegate(let message): try apply(message, in: context)
    case .cancelUnbonding(let message): try apply(message, in: context)
    case .withdrawRewards(let message): try apply(message, in: context)
    case .withdrawCommission(let message): try apply(message, in: context)
    case .submitProposal(let message): try apply(message, in: context)
    case .depositForProposal(let message): try apply(message, in: context)
    case .castVote(let message): try apply(message, in: context)
    case .castEntrustedVotes(let message): try apply(message, in: context)
    case .entrustVote(let message): try apply(message, in: context)
    case .wrapStake(let message): try apply(message, in: context)
    case .unwrapStake(let message): try apply(message, in: context)
    case .transferWrappedStake(let message): try apply(message, in: context)
    }
  }
}
