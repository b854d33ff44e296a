import Cryptography
import Primitives
import Testing

@Suite struct SHA256Tests {
  // FIPS 180-4 examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `the standard's examples have the standard's digests`(text: String, hex: String) {
    #expect(SHA256.digest(of: Array(text.utf8)).description == hex)
  }

  @Test func `pieces hash as the whole, and a copy is a fork`() {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    var hash = SHA256()
    hash.update(Array(bytes[..<333]))
    let fork = hash
    hash.update(Array(bytes[333...]))
    #expect(hash.finish() == SHA256.digest(of: bytes))
    #expect(fork.finish() == SHA256.digest(of: Array(bytes[..<333])))
  }

  @Test func `moving a byte between domain and content changes the digest`() {
    #expect(
      Digest(domain: "ab", hashing: Array("c".utf8))
        != Digest(domain: "a", hashing: Array("bc".utf8)))
    #expect(
      Digest(domain: "ab", hashing: Array("c".utf8)) == SHA256.digest(of: [2] + Array("abc".utf8)))
  }
}

@Suite struct MerkleTreeTests {
  /// RFC 6962's recursive definition, word for word.
  private func root(_ leaves: ArraySlice<[UInt8]>) -> Digest {
    guard let first = leaves.first else { return SHA256.digest(of: []) }
    guard leaves.count > 1 else { return SHA256.digest(of: [0] + first) }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    let middle = leaves.startIndex + half
    return SHA256.digest(of: [1] + root(leaves[..<middle]).bytes + root(leaves[middle...]).bytes)
  }

  @Test(arguments: 0..<40)
  func `root and proofs follow the recursive definition`(count: Int) {
    let leaves = (0..<count).map { [UInt8($0), 7] }
    let tree = MerkleTree(leaves: leaves)
    #expect(tree.root == root(leaves[...]))
    for (index, leaf) in leaves.enumerated() {
      let proof = tree.proof(ofLeaf: index)
      #expect(proof.proves(leaf, under: tree.root))
      #expect(!proof.proves(leaf + [0], under: tree.root))
      let moved = InclusionProof(
        leafIndex: UInt64(index) ^ 1, leafCount: UInt64(count), siblings: proof.siblings)
      #expect(count == 1 || !moved.proves(leaf, under: tree.root))
      let longer = InclusionProof(
        leafIndex: UInt64(index), leafCount: UInt64(count), siblings: proof.siblings + [.zero])
      #expect(!longer.proves(leaf, under: tree.root))
    }
  }
}

@Suite struct SparseMerkleTreeTests {
  /// The definition without any caching: entries by place, split bit by bit.
  private func root(_ entries: ArraySlice<(place: Digest, leaf: Digest)>, _ depth: Int) -> Digest {
    guard let first = entries.first else { return .zero }
    guard entries.count > 1 else { return first.leaf }
    let zeros = entries.filter { $0.place.bytes[depth / 8] << (depth % 8) < 128 }
    let ones = entries.filter { $0.place.bytes[depth / 8] << (depth % 8) >= 128 }
    return SHA256.digest(
      of: [1] + root(zeros[...], depth + 1).bytes + root(ones[...], depth + 1).bytes)
  }

  private func slowRoot(_ map: [[UInt8]: [UInt8]]) -> Digest {
    let entries = map.map { key, value in
      let place = SHA256.digest(of: key)
      let leaf = SHA256.digest(of: [0] + place.bytes + SHA256.digest(of: value).bytes)
      return (place: place, leaf: leaf)
    }.sorted { $0.place < $1.place }
    return root(entries[...], 0)
  }

  @Test(arguments: UInt64(0)..<40)
  func `the root is that of the content, whatever the history`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var map: [[UInt8]: [UInt8]] = [:]
    var tree = SparseMerkleTree()
    for _ in 0..<20 {
      var batch: [[UInt8]: [UInt8]?] = [:]
      for _ in 0...generator.next(below: 12) {
        let key = [UInt8(generator.next(below: 24))]
        let value = generator.next(below: 3) == 0 ? nil : [UInt8(generator.next(below: 200))]
        batch[key] = .some(value)
      }
      for (key, value) in batch { map[key] = value }
      tree = tree.updating(batch.map { SparseMerkleTree.Write(key: $0.key, value: $0.value) })
      #expect(tree.root == slowRoot(map), "seed \(seed)")
    }
  }

  @Test func `an empty tree has the zero root, and emptying returns to it`() {
    let tree = SparseMerkleTree().updating([
      .init(key: [1], value: [2]), .init(key: [3], value: []),
    ])
    #expect(tree.root != .zero)
    #expect(
      tree.updating([.init(key: [1], value: nil), .init(key: [3], value: nil)]).root == .zero)
  }
}
