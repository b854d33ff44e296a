public import Ledger
public import Primitives

/// What the application has committed; a driver compares it with its own books when it starts.
public struct ApplicationInfo: Hashable, Sendable {
  /// Genesis before the first block; nil before there is a chain.
  public let height: Height?
  /// The root of the committed state.
  public let stateRoot: Digest
}

/// What a proposer offers, and what it left out.
public struct PreparedProposal: Sendable {
  public let block: ProposedBlock
  /// Transactions that may not enter the block, by their places among those offered.
  public let refused: [(index: Int, rejection: Rejection)]
  /// How many were looked at; those behind found no room.
  public let considered: Int
}

/// Whether a proposed block may be voted for.
public enum ProposalVerdict: Equatable, Sendable {
  case accepted
  case refused(BlockError)
}

/// What a block that was agreed on does; nothing of it is kept before the commit.
public struct FinalisedBlock: Sendable {
  public let header: BlockHeader
  /// One result a transaction, in the same order.
  public let results: [TransactionResult]
  /// What the ledger did by itself at the block's end.
  public let endEvents: [Event]
  /// Which votes count from the second block after this one on.
  public let validatorUpdates: [ValidatorUpdate]
}
