internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
public import Ledger
public import Primitives
public import Storage

extension LedgerNode {
  /// Cost: a node of the tree for each level, read from disk.
  public func proof(
    of key: [UInt8], at height: Height?
  ) async throws(ClientFailure) -> StateProof {
    do {
      return try Node.proof(of: key, at: height, in: chain.store)
    } catch {
      throw ClientFailure(error)
    }
  }
}

/// Proves what a store's state holds at a key, at the last height or at an earlier one.
public func proof(
  of key: [UInt8], at height: Height? = nil, in store: KeyValueStore
) throws(NodeFailure) -> StateProof {
  let moment = try onDisk { () throws(StorageFailure) in try store.snapshot() }
  let header = try moment.header(at: height)
  let nodes = StoredTreeNodes(moment)
  let tree = try nodes.tree(of: header)
  do {
    let proof = try tree.proof(of: key) { leaf in
      let entry = try moment.entry(of: leaf)
      return (entry.key, entry.value)
    }
    var value: [UInt8]?
    if case .existence(let existence) = proof { value = existence.value }
    return StateProof(header: header, key: key, value: value, proof: proof.bytes)
  } catch let failure as NodeFailure {
    throw failure
  } catch {
    try nodes.check()
    throw NodeFailure(code: .stateMismatch, message: "the state's tree can't be proved: \(error)")
  }
}

extension KeyValueReader {
  /// The header of a height whose state is still there; of the last one if none is named.
  func header(at height: Height?) throws(NodeFailure) -> BlockHeader {
    guard let head = try head() else {
      throw NodeFailure(code: .stateMismatch, message: "the store holds no chain")
    }
    guard let height, height != head.height else { return head }
    let oldest = try onDisk { () throws(StorageFailure) in try oldestStateHeight() }
    let header: BlockHeader? = try decoded(height.canonicalBytes, in: .headers)
    guard height.number >= oldest, let header else {
      throw NodeFailure(
        code: .heightNotKept,
        message: "the state at height \(height.number) is not kept; "
          + "from \(max(oldest, 1)) to \(head.height.number) it is")
    }
    return header
  }
}
