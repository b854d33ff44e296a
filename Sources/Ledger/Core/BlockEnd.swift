internal import Primitives

extension LedgerState {
  /// What the ledger does by itself when a block's last transaction is executed: first what is due,
  /// then each subject's own accounting, in an order that is part of the rules.
  mutating func endBlock(at time: BlockTime, height: Height) {
    runDueActions(at: time, height: height)
    forgetNonces(at: time)
    // Last, when nothing moves stake any more.
    if let parameters { updateActiveSet(parameters.staking) }
  }
}
