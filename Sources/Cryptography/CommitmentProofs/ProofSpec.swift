internal import ProtobufCoding

/// How a kind of tree hashes, so that a proof can't bend the rules it is judged by.
public struct ProofSpec: Hashable, Sendable {
  public var leaf: LeafStep
  public var inner: InnerSpec
  /// At most so many steps; zero stands for 128.
  public var depthMaximum = 0
  public var depthMinimum = 0
  /// Whether keys stand in the order of their hashes.
  public var comparesHashedKeys = false

  public struct InnerSpec: Hashable, Sendable {
    /// The places of the children in what is hashed, left to right.
    public var childOrder: [Int]
    public var childSize: Int
    public var prefixMinimum: Int
    public var prefixMaximum: Int
    /// What stands for a child that is not there.
    public var emptyChild: [UInt8] = []
    public var hash = HashOperation.sha256
  }

  /// The state's tree, which ICS-23 calls `smt`.
  ///
  /// Leaf H(00 ‖ H(key) ‖ H(value)), node H(01 ‖ left ‖ right), an absent child 32 zero bytes, keys
  /// in the order of their hashes.
  public static let stateTree = ProofSpec(
    leaf: LeafStep(hash: .sha256, keyHash: .sha256, valueHash: .sha256, prefix: [0]),
    inner: InnerSpec(
      childOrder: [0, 1], childSize: 32, prefixMinimum: 1, prefixMaximum: 1,
      emptyChild: [UInt8](repeating: 0, count: 32)),
    depthMaximum: 256, comparesHashedKeys: true)

  /// The trees of CometBFT's headers.
  public static let tendermint = ProofSpec(
    leaf: LeafStep(hash: .sha256, valueHash: .sha256, length: .varint, prefix: [0]),
    inner: InnerSpec(childOrder: [0, 1], childSize: 32, prefixMinimum: 1, prefixMaximum: 1))

  /// The state's tree of other chains, under this name.
  public static let iavl = ProofSpec(
    leaf: LeafStep(hash: .sha256, valueHash: .sha256, length: .varint, prefix: [0]),
    inner: InnerSpec(childOrder: [0, 1], childSize: 33, prefixMinimum: 4, prefixMaximum: 12))
}

extension ProofSpec {
  func check(_ proof: ExistenceProof) throws(CommitmentFault) {
    guard let leaf = proof.leaf else { throw .wrongLeaf }
    try check(leaf)
    let maximum = depthMaximum == 0 ? 128 : depthMaximum
    guard (depthMinimum...max(maximum, depthMinimum)).contains(proof.path.count) else {
      throw .wrongDepth
    }
    for (index, step) in proof.path.enumerated() { try check(step, layer: index + 1) }
  }

  func check(_ step: LeafStep) throws(CommitmentFault) {
    if isLike(.iavl) { try Self.checkIAVL(step.prefix, layer: 0, or: .wrongLeaf) }
    guard step.hash == leaf.hash, step.keyHash == leaf.keyHash, step.length == leaf.length,
      step.valueHash == leaf.valueHash, step.prefix.starts(with: leaf.prefix)
    else { throw .wrongLeaf }
  }

  func check(_ step: InnerStep, layer: Int) throws(CommitmentFault) {
    guard step.hash == inner.hash else { throw .wrongNode }
    if isLike(.iavl) { try Self.checkIAVL(step.prefix, layer: layer, or: .wrongNode) }
    if isLike(.tendermint) {
      let isRight = step.suffix.isEmpty && step.prefix.starts(with: [1])
      guard isRight || step.prefix == [1] else { throw .wrongNode }
    }
    guard inner.childSize > 0, inner.prefixMaximum < inner.prefixMinimum + inner.childSize,
      !step.prefix.starts(with: leaf.prefix), step.prefix.count >= inner.prefixMinimum,
      step.prefix.count <= inner.prefixMaximum + (inner.childOrder.count - 1) * inner.childSize,
      step.suffix.count.isMultiple(of: inner.childSize)
    else { throw .wrongNode }
  }

  /// Whether trees of both kinds hash alike; the prefixes are not compared, as in ICS-23.
  private func isLike(_ other: ProofSpec) -> Bool {
    var (mine, others) = (self, other)
    (mine.leaf.prefix, others.leaf.prefix) = ([], [])
    (mine.inner.emptyChild, others.inner.emptyChild) = ([], [])
    mine.inner.childOrder.sort()
    return mine.leaf == others.leaf && mine.inner == others.inner
  }

  /// An IAVL node begins with its height, its size and its version; then come one or 34 bytes of
  /// lengths and a sibling, or none for a leaf.
  private static func checkIAVL(
    _ prefix: [UInt8], layer: Int, or fault: CommitmentFault
  ) throws(CommitmentFault) {
    var reader = ProtobufReader(prefix)
    let numbers: [Int64]
    do throws(ProtobufError) {
      numbers = [
        try CommitmentProof.signedVarint(&reader), try CommitmentProof.signedVarint(&reader),
        try CommitmentProof.signedVarint(&reader),
      ]
    } catch {
      throw fault
    }
    let isLeafLike = numbers[0] == 0 && numbers[1] == 1 && reader.byteCount == 0
    let isNodeLike = [1, 34].contains(reader.byteCount)
    guard numbers.allSatisfy({ $0 >= 0 }), numbers[0] >= layer,
      layer == 0 ? isLeafLike : isNodeLike
    else { throw fault }
  }
}
