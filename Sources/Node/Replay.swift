public import Ledger
internal import Primitives
public import Storage

/// Executes a stored chain again from its genesis, in memory, and compares every header.
///
/// - Returns: the last header, which everything stored leads to.
/// - Throws: `replayMismatch` for the first block that does not follow; `storageFailed`.
public func replay(_ store: KeyValueStore) throws(NodeFailure) -> BlockHeader {
  let chain = ChainStore(store: store)
  guard let genesis = try chain.genesis(), let last = try store.head(),
    var (head, state) = try? genesis.start()
  else {
    throw NodeFailure(code: .replayMismatch, message: "the store holds no chain")
  }
  while head.header.height < last.height {
    let height = head.header.height.next
    guard let block = try chain.block(at: height) else {
      throw NodeFailure(
        code: .replayMismatch,
        message: "block \(height.number) is missing, as where a state was imported; "
          + "replay where the chain is whole")
    }
    do throws(BlockError) {
      let executed = try block.executed(on: head, state: state)
      head = executed.head
      state.apply(executed.writes)
    } catch {
      throw NodeFailure(
        code: .replayMismatch, message: "block \(height.number) does not follow: \(error)")
    }
  }
  guard head.header == last else {
    throw NodeFailure(code: .replayMismatch, message: "the last header is not the last block's")
  }
  return last
}
