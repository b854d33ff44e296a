internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// A chain in memory: its head, its state, and the bytes of every block since genesis.
struct SimulatedChain: Sendable {
  let genesis: Genesis
  private(set) var head: ChainHead
  var state: InMemoryState
  private(set) var blocks: [[UInt8]] = []

  init(_ genesis: Genesis) throws(GenesisError) {
    self.genesis = genesis
    (head, state) = try genesis.start()
  }

  /// A chain that goes on from a state that was exported.
  private init(_ genesis: Genesis, head: ChainHead, state: InMemoryState) {
    self.genesis = genesis
    self.head = head
    self.state = state
  }

  var id: Identifier<Chain> { head.header.chain }
  var time: BlockTime { head.header.time }
  var height: UInt64 { head.header.height.number }
  var parameters: LedgerParameters { head.parameters }

  mutating func commit(_ executed: ExecutedBlock) {
    state.apply(executed.writes)
    head = executed.head
    blocks.append(executed.block.canonicalBytes)
  }
}

// MARK: - What a copy must repeat
extension SimulatedChain {
  /// Every entry of the state as bytes, in the order of its keys.
  func exported() -> [[UInt8]] {
    state.entries(withPrefix: [], after: nil, limit: .max).map(\.canonicalBytes)
  }

  /// The chain that goes on from what ``exported()`` gave; nil if its root is another, or something
  /// does not decode.
  func imported(_ entries: [[UInt8]]) -> SimulatedChain? {
    var writes: [StateWrite] = []
    for bytes in entries {
      guard let entry = try? StateEntry(canonicalBytes: bytes), entry.canonicalBytes == bytes else {
        return nil
      }
      writes.append(StateWrite(key: entry.key, value: entry.value))
    }
    let state = InMemoryState(writes)
    let tree = SparseMerkleTree().updating(writes)
    guard tree.root == head.header.stateRoot, let parameters = state.parameters else { return nil }
    return SimulatedChain(
      genesis, head: ChainHead(header: head.header, tree: tree, parameters: parameters),
      state: state)
  }

  /// Executes a block's bytes; nil if they decode to anything but a block that leads to its header.
  mutating func follow(_ bytes: [UInt8]) -> BlockHeader? {
    guard let block = try? Block(canonicalBytes: bytes),
      let executed = try? block.executed(on: head, state: state)
    else { return nil }
    state.apply(executed.writes)
    head = executed.head
    return head.header
  }

  /// The state root after every block's bytes were executed again from genesis; nil if one could
  /// not be.
  /// - Complexity: as long as the blocks took to execute, each signature checked.
  func replayedRoot() -> Digest? {
    guard var copy = try? SimulatedChain(genesis) else { return nil }
    for bytes in blocks {
      guard copy.follow(bytes) != nil else { return nil }
    }
    return copy.head.header.stateRoot
  }
}
