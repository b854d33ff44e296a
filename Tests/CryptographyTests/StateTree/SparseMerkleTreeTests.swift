import CanonicalCoding
import Cryptography
import Primitives
import Testing

@Suite struct SparseMerkleTreeTests {
  typealias Write = SparseMerkleTree.Write

  /// Draws a batch over few keys, so that most batches hit what is there.
  private func batch(
    _ generator: inout SeededGenerator, keys: UInt64, size: UInt64, _ map: inout [[UInt8]: [UInt8]]
  ) -> [Write] {
    var batch: [[UInt8]: [UInt8]?] = [:]
    for _ in 0...generator.next(below: size) {
      let number = generator.next(below: keys)
      let key = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
      let isRemoval = generator.next(below: 3) == 0
      batch[key] = .some(isRemoval ? nil : [UInt8(generator.next(below: 3))])
    }
    for (key, value) in batch { map[key] = value }
    return batch.map { Write(key: $0.key, value: $0.value) }
  }

  @Test(arguments: UInt64(0)..<30)
  func `the root is that of the content, whatever the history`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var map: [[UInt8]: [UInt8]] = [:]
    var tree = SparseMerkleTree()
    for _ in 0..<20 {
      let writes = batch(&generator, keys: 24, size: 12, &map)
      tree = tree.updating(writes)
      #expect(tree.root == ReferenceTree.root(map), "seed \(seed)")
    }
  }

  @Test(arguments: UInt64(0)..<6)
  func `every version stays readable from a store until it is pruned`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var map: [[UInt8]: [UInt8]] = [:]
    var roots: [Digest] = []
    let shelf = NodeShelf()
    var tree = SparseMerkleTree(nodes: shelf)
    let keys: UInt64 = [4, 40, 200][Int(seed % 3)]
    for version in UInt64(0)..<30 {
      let writes = batch(&generator, keys: keys, size: keys, &map)
      let update = try tree.update(with: writes, version: version)
      shelf.save(update, of: writes)
      tree = tree.applying(update)
      roots.append(ReferenceTree.root(map))
      #expect(tree.root == roots.last, "seed \(seed)")
      let oldest = version / 2
      shelf.prune(before: oldest)
      for kept in [oldest, (oldest + version) / 2, version] {
        let then = try SparseMerkleTree(version: kept, nodes: shelf)
        #expect(then.root == roots[Int(kept)], "seed \(seed)")
        #expect(throws: Never.self) { try then.check() }
      }
      if oldest > 0 {
        #expect(throws: TreeUnreadable.self) {
          try SparseMerkleTree(version: oldest - 1, nodes: shelf)
        }
      }
    }
    // Whatever is kept when one version is left is that version's own.
    shelf.prune(before: 29)
    var fresh = SparseMerkleTree()
    fresh = fresh.updating(map.map { Write(key: $0.key, value: $0.value) })
    #expect(fresh.root == tree.root)
    var reachable = 0
    try tree.check { _ in reachable += 1 }
    #expect(shelf.valueCount == map.count && reachable == map.count)
    #expect(shelf.nodeCount == (try tree.check()))
  }

  @Test func `a version may be built piece by piece`() throws {
    let writes = (0..<3000).map { Write(key: [UInt8($0 >> 8), UInt8($0 & 255)], value: [1]) }
    let shelf = NodeShelf()
    var tree = SparseMerkleTree(nodes: shelf)
    for start in stride(from: 0, to: writes.count, by: 250) {
      let piece = Array(writes[start..<start + 250])
      let update = try tree.update(with: piece, version: 9)
      #expect(update.stale.nodes.isEmpty)
      shelf.save(update, of: piece)
      tree = tree.applying(update)
    }
    #expect(tree.root == SparseMerkleTree().updating(writes).root)
    #expect(shelf.nodeCount == (try tree.check()))
  }

  @Test func `writing what is there already changes nothing but the version`() throws {
    let writes = (UInt8(0)..<100).map { Write(key: [$0], value: [$0]) }
    let tree = SparseMerkleTree().updating(writes)
    let absent = (UInt8(100)..<200).map { Write(key: [$0], value: nil) }
    let update = try tree.update(with: writes + absent, version: 1)
    #expect(update.root == tree.root)
    #expect(update.nodes.count == 1 && update.stale.nodes.count == 1)
    #expect(update.values.isEmpty && update.stale.values.isEmpty)
  }

  @Test func `an empty tree has the zero root, and emptying returns to it`() {
    #expect(SparseMerkleTree().root == .zero)
    let tree = SparseMerkleTree().updating([
      .init(key: [1], value: [2]), .init(key: [3], value: []),
    ])
    #expect(tree.root != .zero)
    #expect(
      tree.updating([.init(key: [1], value: nil), .init(key: [3], value: nil)]).root == .zero)
  }

  @Test func `a node that can't be read is not taken for an empty one`() throws {
    let writes = (UInt8(0)..<100).map { Write(key: [$0], value: [$0]) }
    let shelf = NodeShelf()
    let tree = SparseMerkleTree(nodes: shelf)
    let update = try tree.update(with: writes, version: 0)
    shelf.save(update, of: writes)
    let saved = tree.applying(update)
    shelf.breakDown()
    #expect(throws: TreeUnreadable.self) {
      try saved.update(with: [.init(key: [1], value: nil)], version: 1)
    }
    #expect(throws: TreeUnreadable.self) { try saved.leaf(for: [1]) }
  }

  @Test(arguments: UInt64(0)..<200)
  func `bytes that are no node are refused, and others say what they hold`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var bytes = (0..<generator.next(below: 90)).map { _ in UInt8(generator.next(below: 256)) }
    for index in bytes.indices.prefix(4) { bytes[index] &= UInt8(generator.next(below: 8)) }
    if let node = TreeNode(bytes: bytes) { #expect(node.bytes == bytes) }
    if let key = try? TreeNodeKey(canonicalBytes: bytes) { #expect(key.canonicalBytes == bytes) }
  }
}
