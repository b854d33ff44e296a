import CanonicalCoding
import Cryptography
import Primitives
import Testing

@Suite struct TreeProofTests {
  /// A stored tree of `count` entries, grown in two versions.
  private func tree(_ count: Int) throws -> (tree: SparseMerkleTree, shelf: NodeShelf) {
    let shelf = NodeShelf()
    var tree = SparseMerkleTree(nodes: shelf)
    let writes = (0..<count).map { Self.write($0) }
    for (version, piece) in [writes.prefix(count / 2), writes.dropFirst(count / 2)].enumerated() {
      let update = try tree.update(with: Array(piece), version: UInt64(version))
      shelf.save(update, of: Array(piece))
      tree = tree.applying(update)
    }
    return (tree, shelf)
  }

  private static func write(_ number: Int) -> SparseMerkleTree.Write {
    .init(key: [7, UInt8(number >> 8), UInt8(number & 255)], value: [UInt8(number & 127), 1])
  }

  private func proof(
    of key: [UInt8], _ tree: SparseMerkleTree, _ shelf: NodeShelf
  ) throws -> CommitmentProof {
    try tree.proof(of: key) { leaf in
      try #require(shelf.value(at: TreeValueKey(place: leaf.place, version: leaf.version)))
    }
  }

  @Test(arguments: [1, 2, 3, 5, 17, 60, 700])
  func `whatever is there, or is not, can be proved, and nothing else`(count: Int) throws {
    let (tree, shelf) = try tree(count)
    let root = tree.root.bytes
    for number in stride(from: 0, to: 2 * count, by: max(1, count / 40)) {
      let write = Self.write(number)
      let value = number < count ? write.value : nil
      let proof = try proof(of: write.key, tree, shelf)
      #expect(throws: Never.self) {
        try proof.verify(value, at: write.key, root: root, spec: .stateTree)
      }
      #expect(try CommitmentProof(bytes: proof.bytes) == proof)
      for claim in [nil, [UInt8(1)], [UInt8(number & 127), 1]] where claim != value {
        #expect(throws: CommitmentFault.self) {
          try proof.verify(claim, at: write.key, root: root, spec: .stateTree)
        }
      }
      // A proof for one key says nothing of another, present or absent.
      for other in [number + 1, number + count] {
        let key = Self.write(other).key
        #expect(throws: CommitmentFault.self) {
          try proof.verify(nil, at: key, root: root, spec: .stateTree)
        }
      }
    }
  }

  @Test func `no proof survives the change of a bit`() throws {
    let (tree, shelf) = try tree(40)
    for number in [3, 55] {
      let write = Self.write(number)
      let value = number < 40 ? write.value : nil
      let bytes = try proof(of: write.key, tree, shelf).bytes
      for index in bytes.indices {
        for bit in 0..<8 {
          var mutant = bytes
          mutant[index] ^= 1 << bit
          #expect(throws: CommitmentFault.self, "byte \(index), bit \(bit)") {
            try CommitmentProof(bytes: mutant).verify(
              value, at: write.key, root: tree.root.bytes, spec: .stateTree)
          }
        }
        #expect(throws: CommitmentFault.self) {
          try CommitmentProof(bytes: Array(bytes[..<index])).verify(
            value, at: write.key, root: tree.root.bytes, spec: .stateTree)
        }
      }
      #expect(throws: CommitmentFault.malformed) { try CommitmentProof(bytes: bytes + [0x28, 1]) }
    }
  }

  @Test func `leaves with others between them are not taken for neighbours`() throws {
    let (tree, shelf) = try tree(60)
    let places = (0..<60).map { (number: $0, place: SHA256.digest(of: Self.write($0).key)) }
      .sorted { $0.place < $1.place }
    let existing = try places.map { entry in
      guard case .existence(let proof) = try proof(of: Self.write(entry.number).key, tree, shelf)
      else { throw CommitmentFault.otherKind }
      return proof
    }
    let root = tree.root.bytes
    for (index, entry) in places.enumerated() where index > 0 && index < 59 {
      let key = Self.write(entry.number).key
      // Around a key that is there, and with one side left out.
      for (left, right) in [
        (existing[index - 1], existing[index + 1]), (nil, existing[index + 1]),
        (existing[index - 1], nil), (nil, nil),
      ] as [(ExistenceProof?, ExistenceProof?)] {
        let lie = CommitmentProof.nonexistence(
          NonexistenceProof(key: key, left: left, right: right))
        #expect(throws: CommitmentFault.notNeighbours) {
          try lie.verify(nil, at: key, root: root, spec: .stateTree)
        }
      }
      let swapped = CommitmentProof.nonexistence(
        NonexistenceProof(key: key, left: existing[index + 1], right: existing[index - 1]))
      #expect(throws: CommitmentFault.outOfOrder) {
        try swapped.verify(nil, at: key, root: root, spec: .stateTree)
      }
      let itself = CommitmentProof.nonexistence(
        NonexistenceProof(key: key, left: existing[index], right: existing[index + 1]))
      #expect(throws: CommitmentFault.outOfOrder) {
        try itself.verify(nil, at: key, root: root, spec: .stateTree)
      }
    }
  }

  @Test func `an older version is proved as it was`() throws {
    let (tree, shelf) = try tree(40)
    let then = try SparseMerkleTree(version: 0, nodes: shelf)
    let key = Self.write(39).key
    let absent = try proof(of: key, then, shelf)
    #expect(throws: Never.self) {
      try absent.verify(nil, at: key, root: then.root.bytes, spec: .stateTree)
    }
    #expect(throws: CommitmentFault.otherRoot) {
      try absent.verify(nil, at: key, root: tree.root.bytes, spec: .stateTree)
    }
  }

  @Test(arguments: UInt64(0)..<300)
  func `random bytes are no proof, and do no harm`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<generator.next(below: 60)).map { index in
      index == 0 ? [0x0a, 0x12][Int(generator.next(below: 2))] : UInt8(generator.next(below: 40))
    }
    if let proof = try? CommitmentProof(bytes: bytes) {
      #expect(proof.bytes == bytes)
      #expect(throws: CommitmentFault.self) {
        try proof.verify([1], at: [1], root: [1], spec: .stateTree)
      }
    }
  }
}
