internal import CanonicalCoding
internal import Cryptography
internal import Primitives

/// How much work a transaction is, in whole numbers known before it is executed.
///
/// A unit is about a tenth of a microsecond. Nothing is metered: each message's work is bounded by
/// its own lists, never by how much state there is.
public enum Gas {
  /// Bytes are kept for ever.
  public static let perByte: UInt64 = 10
  /// The transaction's own signature, and each inside its message.
  public static let perSignature: UInt64 = 600
  /// A part of a message that reads or writes records of its own.
  public static let perItem: UInt64 = 500
  /// More than any transaction that ``Transaction/byteMaximum`` lets in.
  public static let transactionMaximum: UInt64 = 20_000_000

  static func of(_ message: Message, sizeInBytes: Int) -> UInt64 {
    message.kind.baseGas + perByte * UInt64(sizeInBytes)
      + perSignature * (1 + UInt64(message.signatureCount))
      + perItem * UInt64(message.itemCount)
  }
}

extension MessageKind {
  /// What a message of this kind costs before its bytes, signatures and items.
  public var baseGas: UInt64 {
    switch self {
    case .transfer: 1_000
    case .transferToMany: 1_000
    case .rotateKey: 1_000
    case .createDatanet: 1_000
    case .commitContribution: 1_500
    case .revealContribution: 2_000
    case .commitHeldOut: 1_000
    case .revealHeldOut: 1_500
    case .publishVersion: 2_000
    case .draftVersion: 3_000
    case .acceptVersion: 2_000
    case .judgeContributions: 1_500
    // It may end as many versions as a contribution stands in.
    case .withdrawContribution: 40_000
    case .grantRole: 1_000
    case .revokeRole: 1_000
    case .transferDatanet: 1_000
    case .changeDatanetTerms: 1_000
    case .closeDatanet: 1_500
    case .bondCurator: 2_000
    case .unbondCurator: 2_000
    case .registerBaseModel: 1_000
    case .submitRunRecord: 2_000
    case .publishAdapter: 2_000
    case .transferBaseModel: 1_000
    case .changeRates: 1_500
    case .promoteAdapter: 1_500
    case .rollBackAdapter: 1_000
    case .retireAdapter: 2_000
    case .withdrawRunBond: 1_500
    case .stakeOnRun: 3_000
    case .unstakeFromRun: 3_000
    case .claimStakeReward: 2_500
    case .openChannel: 1_500
    case .topUpChannel: 1_500
    case .closeChannel: 1_500
    case .settleBatch: 2_000
    case .depositServerBond: 1_500
    case .withdrawServerBond: 1_500
    case .claimAmounts: 1_500
    case .reportOutcome: 3_000
    case .createValidator: 4_000
    case .editValidator: 1_000
    case .unjail: 1_500
    case .delegate: 3_000
    case .undelegate: 4_000
    case .redelegate: 5_000
    case .cancelUnbonding: 4_000
    case .withdrawRewards: 8_000
    case .withdrawCommission: 1_500
    case .submitProposal: 3_000
    case .depositForProposal: 2_500
    // A write for each of the voter's delegations, of which there are tens.
    case .castVote: 20_000
    case .castEntrustedVotes: 2_000
    case .entrustVote: 2_000
    case .wrapStake: 12_000
    case .unwrapStake: 12_000
    case .transferWrappedStake: 12_000
    case .registerAgent: 3_000
    case .updateAgent: 1_000
    case .fundAgent: 1_500
    case .defundAgent: 1_500
    case .bondAgent: 1_500
    case .pauseAgent: 1_000
    case .retireAgent: 1_500
    case .actAsAgent: 2_500
    case .recordActions: 1
    case .demandAction: 2_000
    case .serveAction: 2_500
    case .reportContradiction: 2
    case .reportOverspending: 2_500
    // These may void a batch of 256 draws.
    case .proveBatchFault: 150_000
    case .answerDispute: 150_000
    case .proveIndexFault: 5_000
    case .presentReceipt: 8_000
    case .demandData: 3_000
    case .serveData: 3_000
    case .openDispute: 5_000
    case .commitVerdict: 2_000
    case .revealVerdict: 2_000
    // Counts the verifiers, of whom there are at most 256.
    case .registerVerifier: 30_000
    case .retireVerifier: 2_000
    case .fundSubsidyPool: 1_500
    }
  }

  /// Whether a block keeps gas for it that no other message may use.
  public var isDispute: Bool { rawValue >> 8 == 0x09 }
}

extension Message {
  /// The signatures that the rules check besides the transaction's own.
  var signatureCount: Int {
    switch self {
    case .rotateKey: 1
    case .recordActions: 1
    case .reportContradiction: 2
    case .proveBatchFault: 1
    case .reportOutcome(let message): message.signature == nil ? 0 : 1
    case .reportOverspending(let message): message.receipts.count
    default: 0
    }
  }

  /// The elements of its lists that are more than bytes to the rules.
  var itemCount: Int {
    switch self {
    case .transferToMany(let message): message.payments.count
    case .draftVersion(let message): message.contributions.count
    case .judgeContributions(let message): message.accepted.count + message.rejected.count
    case .submitRunRecord(let message): message.uplift.count
    case .publishAdapter(let message): message.parents.count
    // What finality moves is paid for here: a refund for each draw, and an adapter's parts.
    case .settleBatch(let message):
      2 * message.draws.count + message.amounts.count * (7 + AdapterRecord.lineageMaximum)
    // Four paths, then as many records.
    case .claimAmounts(let message): 8 * message.claims.count
    // Each account's vote is as much as one that it casts itself.
    case .castEntrustedVotes(let message): message.accounts.count * 40
    case .reportOverspending(let message): message.receipts.count
    default: 0
    }
  }
}

extension TransactionContent {
  /// The transaction's gas; its fee has no part in it.
  ///
  /// Cost: one encoding.
  public var gas: UInt64 {
    Gas.of(message, sizeInBytes: canonicalBytes.count + Signature.byteCount)
  }

  /// The same content with the least fee that a block takes it for.
  public func payingLeast(under parameters: LedgerParameters) -> TransactionContent {
    var content = self
    content.fee = parameters.accounts.minimumFee(forGas: gas)
    return content
  }
}
