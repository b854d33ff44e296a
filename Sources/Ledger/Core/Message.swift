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
  case submitProposal(SubmitProposal)
  case depositForProposal(DepositForProposal)
  case castVote(CastVote)
  case castEntrustedVotes(CastEntrustedVotes)
  case entrustVote(EntrustVote)
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
  case submitProposal = 0x0701
  case depositForProposal = 0x0702
  case castVote = 0x0703
  case castEntrustedVotes = 0x0704
  case entrustVote = 0x0705
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
    case .submitProposal: .submitProposal
    case .depositForProposal: .depositForProposal
    case .castVote: .castVote
    case .castEntrustedVotes: .castEntrustedVotes
    case .entrustVote: .entrustVote
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
    case .submitProposal(let message): encoder.encode(message)
    case .depositForProposal(let message): encoder.encode(message)
    case .castVote(let message): encoder.encode(message)
    case .castEntrustedVotes(let message): encoder.encode(message)
    case .entrustVote(let message): encoder.encode(message)
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
    case .submitProposal: self = .submitProposal(try decoder.decode())
    case .depositForProposal: self = .depositForProposal(try decoder.decode())
    case .castVote: self = .castVote(try decoder.decode())
    case .castEntrustedVotes: self = .castEntrustedVotes(try decoder.decode())
    case .entrustVote: self = .entrustVote(try decoder.decode())
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
    case .submitProposal(let message): try apply(message, in: context)
    case .depositForProposal(let message): try apply(message, in: context)
    case .castVote(let message): try apply(message, in: context)
    case .castEntrustedVotes(let message): try apply(message, in: context)
    case .entrustVote(let message): try apply(message, in: context)
    }
  }
}
