extension CommitmentProof {
  /// Checks that a tree of this kind with this root holds `value` at `key`, or nothing if it is nil.
  ///
  /// Cost: one hash a level.
  public func verify(
    _ value: [UInt8]?, at key: [UInt8], root: [UInt8], spec: ProofSpec
  ) throws(CommitmentFault) {
    switch (self, value) {
    case (.existence(let proof), let value?):
      guard proof.key == key else { throw .otherKey }
      guard proof.value == value else { throw .otherValue }
      try proof.verify(root: root, spec: spec)
    case (.nonexistence(let proof), nil): try proof.verify(key, root: root, spec: spec)
    default: throw .otherKind
    }
  }
}

extension ExistenceProof {
  func verify(root: [UInt8], spec: ProofSpec) throws(CommitmentFault) {
    try spec.check(self)
    guard try self.root() == root else { throw .otherRoot }
  }

  /// The root that this leads to.
  func root() throws(CommitmentFault) -> [UInt8] {
    guard let leaf else { throw .wrongLeaf }
    var node = try leaf.apply(key: key, value: value)
    for step in path { node = try step.apply(to: node) }
    return node
  }
}

extension LeafStep {
  func apply(key: [UInt8], value: [UInt8]) throws(CommitmentFault) -> [UInt8] {
    guard !key.isEmpty, !value.isEmpty else { throw .wrongLeaf }
    let hashedKey = try length.apply(to: keyHash.applyIfAny(to: key))
    return try hash.apply(
      to: prefix + hashedKey + length.apply(to: valueHash.applyIfAny(to: value)))
  }
}

extension InnerStep {
  func apply(to child: [UInt8]) throws(CommitmentFault) -> [UInt8] {
    guard !child.isEmpty else { throw .wrongNode }
    return try hash.apply(to: prefix + child + suffix)
  }
}

extension NonexistenceProof {
  func verify(_ key: [UInt8], root: [UInt8], spec: ProofSpec) throws(CommitmentFault) {
    func compared(_ key: [UInt8]) throws(CommitmentFault) -> [UInt8] {
      spec.comparesHashedKeys ? try spec.leaf.keyHash.applyIfAny(to: key) : key
    }
    let place = try compared(key)
    guard self.key == key || self.key == place else { throw .otherKey }
    for side in [left, right] { try side?.verify(root: root, spec: spec) }
    if let left {
      guard try compared(left.key).lexicographicallyPrecedes(place) else { throw .outOfOrder }
    }
    if let right {
      guard place.lexicographicallyPrecedes(try compared(right.key)) else { throw .outOfOrder }
    }
    let areNeighbours =
      switch (left, right) {
      case (let left?, let right?): spec.inner.areNeighbours(left.path, right.path)
      case (let left?, nil): spec.inner.isOutermost(left.path, on: .right)
      case (nil, let right?): spec.inner.isOutermost(right.path, on: .left)
      case (nil, nil): false
      }
    guard areNeighbours else { throw .notNeighbours }
  }
}

extension ProofSpec.InnerSpec {
  enum Side { case left, right }

  /// Whether nothing stands on that side of a path, at any of its steps.
  func isOutermost(_ path: some Sequence<InnerStep>, on side: Side) -> Bool {
    path.allSatisfy { step in
      let branch = side == .left ? 0 : childOrder.count - 1
      return hasPadding(step, of: branch) || isEmpty(step, on: side)
    }
  }

  /// Whether the leaf of `right` is the very next one after that of `left`.
  func areNeighbours(_ left: [InnerStep], _ right: [InnerStep]) -> Bool {
    var (left, right) = (left[...], right[...])
    // Below their last common node the paths part.
    while let lower = left.popLast(), let higher = right.popLast() {
      if lower.prefix == higher.prefix, lower.suffix == higher.suffix { continue }
      guard let from = branch(of: lower), let to = branch(of: higher), to == from + 1 else {
        return false
      }
      return isOutermost(left, on: .right) && isOutermost(right, on: .left)
    }
    return false
  }

  /// Which child a step comes from, by the bytes around it.
  func branch(of step: InnerStep) -> Int? {
    childOrder.indices.first { hasPadding(step, of: $0) }
  }

  /// Whether every sibling on that side stands for nothing.
  func isEmpty(_ step: InnerStep, on side: Side) -> Bool {
    guard let branch = branch(of: step) else { return false }
    let siblings = side == .left ? 0..<branch : (branch + 1)..<childOrder.count
    let bytes = side == .left ? step.prefix : step.suffix
    // On the left, the siblings stand behind the prefix proper.
    let start = side == .left ? bytes.count - siblings.count * childSize : 0
    guard !siblings.isEmpty, start >= 0,
      side == .left || bytes.count == siblings.count * childSize
    else { return false }
    return siblings.allSatisfy { sibling in
      guard let place = childOrder.firstIndex(of: sibling) else { return false }
      let from = start + (side == .left ? place : place - branch - 1) * childSize
      guard from >= 0, from + childSize <= bytes.count else { return false }
      return Array(bytes[from..<from + childSize]) == emptyChild
    }
  }

  /// Whether as many bytes stand around a step as do around that child.
  private func hasPadding(_ step: InnerStep, of branch: Int) -> Bool {
    guard let place = childOrder.firstIndex(of: branch) else { return false }
    let before = place * childSize
    return (before + prefixMinimum...before + prefixMaximum).contains(step.prefix.count)
      && step.suffix.count == (childOrder.count - 1 - place) * childSize
  }
}
