internal import CanonicalCoding
internal import Cryptography
internal import Primitives

/// Why a block can't follow a chain.
public enum BlockError: Error, Equatable, Sendable {
  /// The header's time is not later than the one before, or beyond ``BlockTime/latest``.
  case timeOutOfBounds
  /// A transaction may not be included.
  case transactionRejected(index: Int, Rejection)
  /// Executing the transactions does not give this header.
  case headerMismatch
  /// The state could not be read.
  case stateUnreadable
}

extension Genesis {
  /// Returns the chain before its first block, and its state.
  ///
  /// - Throws: ``GenesisError`` if this genesis can't start a chain.
  public func start() throws(GenesisError) -> (head: ChainHead, state: InMemoryState) {
    let writes = try initialState()
    let tree = SparseMerkleTree().updating(writes)
    let head = ChainHead(
      header: header(stateRoot: tree.root), tree: tree, parameters: parameters)
    return (head, InMemoryState(writes))
  }

  /// The header at height 0.
  private func header(stateRoot: Digest) -> BlockHeader {
    let nothing = MerkleTree(leaves: [[UInt8]]()).root
    return BlockHeader(
      chain: chain, height: .genesis, time: time, previous: .zero, transactionsRoot: nothing,
      resultsRoot: nothing, stateRoot: stateRoot)
  }
}

extension Block {
  /// Executes this block on top of a chain and checks all that its header says.
  public func executed(
    on head: ChainHead, state: any StateReader
  ) throws(BlockError) -> ExecutedBlock {
    guard header.time > head.header.time, header.time <= .latest else { throw .timeOutOfBounds }
    var builder = BlockBuilder(on: head, state: state, time: header.time, report: report)
    for (index, transaction) in transactions.enumerated() {
      do {
        try builder.add(try CheckedTransaction(canonicalBytes: transaction.canonicalBytes))
      } catch {
        throw .transactionRejected(index: index, error)
      }
    }
    guard let executed = try? builder.finish() else { throw .stateUnreadable }
    guard executed.block.header == header else { throw .headerMismatch }
    return executed
  }
}
