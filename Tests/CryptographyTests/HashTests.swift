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
