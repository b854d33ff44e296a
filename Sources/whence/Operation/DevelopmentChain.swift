import Cryptography
import Ledger
import Node
import Primitives
import Storage

/// The chain that a node makes for itself in an empty folder: one operator holds everything.
enum DevelopmentChain {
  static let operatorName = "operator"

  /// A billion tokens; a challenge has a minute and a closing channel half of one.
  static func genesis(operator key: PublicKey, time: BlockTime) -> Genesis {
    Genesis(
      name: "whence-development", symbol: "WHN", time: time,
      allocations: [Allocation(publicKey: key, amount: .tokens(1_000_000_000))],
      parameters: LedgerParameters(
        models: ModelParameters(minimumRunBond: .tokens(100)),
        channels: ChannelParameters(closingWindow: Window(milliseconds: 30_000, blocks: 5)),
        receipts: ReceiptParameters(
          platformFee: .milliTokens(2), split: .standard,
          challengeWindow: Window(milliseconds: 60_000, blocks: 10))))
  }
}

extension DataFolder {
  /// The chain of this folder; a new folder gets a development chain, and its operator's key.
  ///
  /// Killed in the middle, it finds on the next call what it had made and makes the rest.
  /// - Parameter store: the folder's own; a chain in it comes before a new one.
  func genesisMakingIfNeeded(store: KeyValueStore) throws -> Genesis {
    if let genesis = try genesis() { return genesis }
    let genesis: Genesis
    if let begun = try LedgerNode.genesis(of: store) {
      genesis = begun
    } else {
      let key = try keyMakingIfNeeded(DevelopmentChain.operatorName)
      genesis = DevelopmentChain.genesis(operator: key.publicKey, time: .now())
      // Whoever mistyped a path sees why nothing of his is there.
      print(
        "\(path) had no chain: a new one begins, with the key \(DevelopmentChain.operatorName)")
    }
    try keep(genesis)
    return genesis
  }
}
