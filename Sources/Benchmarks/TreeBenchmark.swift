internal import Cryptography
internal import Primitives

/// The state's tree alone: what a block's writes cost at some size of the state.
struct TreeBenchmark {
  /// A block's worth: 5,000 transfers touch about so many entries.
  static let writesPerBlock = 10_000

  let entryCount: Int
  /// Milliseconds of processor time for one block's writes, one figure a block.
  let updateMilliseconds: [Double]
  /// An ICS-23 proof that an entry is there, one figure an entry.
  let proofBytes: [Double]

  static func run(entries: Int, blocks: Int) throws -> TreeBenchmark {
    var tree = SparseMerkleTree()
    for start in stride(from: 0, to: entries, by: 100_000) {
      tree = tree.updating((start..<min(entries, start + 100_000)).map { write($0, version: 0) })
    }
    var generator = SeededGenerator(seed: 1)
    let times = (0..<blocks).map { block in
      let chosen = Set(
        (0..<writesPerBlock).map { _ in Int(generator.next(below: UInt64(entries))) })
      let writes = chosen.sorted().map { write($0, version: UInt8(truncatingIfNeeded: block + 1)) }
      let before = tree.root
      let cost = Cost.of(writes.count) { tree = tree.updating(writes) }
      precondition(tree.root != before, "the writes change the root")
      return cost.processorSeconds * 1000
    }
    let proofs = try (0..<100).map { index -> Double in
      let entry = write(index * (entries / 100), version: 0)
      let proof = try tree.proof(of: entry.key) { _ in (entry.key, entry.value ?? []) }
      return Double(proof.bytes.count)
    }
    return TreeBenchmark(
      entryCount: entries, updateMilliseconds: times, proofBytes: proofs)
  }

  /// An entry as a balance is one: 35 bytes of key, 16 of value.
  private static func write(_ number: Int, version: UInt8) -> SparseMerkleTree.Write {
    var name = [UInt8](repeating: 0, count: 8)
    for position in 0..<8 { name[position] = UInt8(truncatingIfNeeded: number >> (8 * position)) }
    let value = [UInt8](repeating: version, count: 8) + name
    return SparseMerkleTree.Write(key: [3, 0, 1] + SHA256.digest(of: name).bytes, value: value)
  }
}
