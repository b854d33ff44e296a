internal import Ledger
internal import Primitives

extension LedgerNode {
  /// Whether every block since genesis is here, as history needs; not so where a state was imported.
  public var hasWholeChain: Bool {
    get throws(NodeFailure) {
      guard let head = try chain.store.head(), head.height > .genesis else { return true }
      return try chain.block(at: Height(1)) != nil
    }
  }

  /// Carries every block into `index`, soon after it is durable, until the task is cancelled.
  ///
  /// - Throws: ``SearchFailure`` or ``NodeFailure``; the chain goes on without its index.
  public func fill(_ index: ChainIndex) async throws {
    let filler = IndexFiller(chain: chain, index: index)
    while true {
      try filler.catchUp()
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Carries every block that is durable now into `index`.
  public func fillOnce(_ index: ChainIndex) throws {
    try IndexFiller(chain: chain, index: index).catchUp()
  }
}
