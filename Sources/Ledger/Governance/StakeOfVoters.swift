internal import Primitives

// What votes know of staking.

extension StateReader {
  /// The shares an account votes with, one entry for each validator it stands behind.
  func voteShares(
    of account: Identifier<Account>
  ) -> [(validator: Identifier<Account>, shares: UInt128)] {
    []
  }

  /// The active validators, whose stake is what votes.
  func votingValidators() -> [(id: Identifier<Account>, tokens: Amount, shares: UInt128)] {
    []
  }

  /// Whether an account's vote can count for anything.
  func hasVoice(_ account: Identifier<Account>) -> Bool {
    !voteShares(of: account).isEmpty
  }
}
