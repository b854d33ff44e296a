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
    }
  }
}
