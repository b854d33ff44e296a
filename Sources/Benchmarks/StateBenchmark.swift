internal import Cryptography
internal import Foundation
internal import Ledger
internal import Node
internal import Primitives
internal import Storage

/// How the stored state grows: its tree, its proofs and its bytes on disk at rising counts of
/// accounts.
public struct StateBenchmark: Sendable {
  /// A block's worth: 5,000 transfers touch about so many entries.
  static let writesPerBlock = 10_000
  private static let fillAtOnce = 50_000

  /// One size of the state.
  public struct Step: Sendable {
    public let accounts: Int
    /// Milliseconds of processor time for a block's new root, nodes read from disk included; one a
    /// block.
    public let updateMilliseconds: [Double]
    /// Milliseconds until a block's writes are on disk, synced, old versions pruned: wall time.
    public let commitMilliseconds: [Double]
    /// The same in processor time, what the store does meanwhile in the background included.
    public let commitProcessorMilliseconds: [Double]
    /// How many of the tree's nodes a block writes.
    public let nodesPerBlock: Double
    /// Mean bytes of the ICS-23 proof of an account's balance.
    public let proofBytes: Double
    /// The same for an account that is not there.
    public let absenceProofBytes: Double
    /// Everything: entries, tree, and what the store has not merged yet.
    public let diskBytes: Int
    /// Seconds of processor time since the size before.
    public let fillSeconds: Double
  }

  public let steps: [Step]

  /// Grows one state in a new folder under `folder`, which is removed again.
  ///
  /// Cost: about 40 µs of processor time an account.
  /// - Parameters:
  ///   - sizes: rising counts of accounts.
  ///   - blocks: how many are measured at each size.
  ///   - report: hears of each size once it is measured.
  public static func run(
    sizes: [Int], blocks: Int, in folder: String, report: (Step) -> Void = { _ in }
  ) throws -> StateBenchmark {
    let path = folder + "/whence-bench-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let store = try KeyValueStore(at: path)
    defer { store.close() }
    var state = GrowingState(in: store, keptHeights: 2)
    var generator = SeededGenerator(seed: 1)
    var count = 0
    var steps: [Step] = []
    for size in sizes {
      let fill = try Cost.of(max(1, size - count)) {
        for start in stride(from: count, to: size, by: fillAtOnce) {
          try state.fill((start..<min(size, start + fillAtOnce)).map { write($0, version: 0) })
        }
      }
      count = size
      steps.append(
        try measure(&state, accounts: size, blocks: blocks, fill, at: path, &generator))
      report(steps[steps.count - 1])
    }
    return StateBenchmark(steps: steps)
  }

  private static func measure(
    _ state: inout GrowingState, accounts: Int, blocks: Int, _ fill: Cost, at path: String,
    _ generator: inout SeededGenerator
  ) throws -> Step {
    var updates: [Double] = []
    var commits: [Cost] = []
    var nodeCount = 0
    for block in 0..<blocks {
      let chosen = Set(
        (0..<min(writesPerBlock, accounts)).map { _ in
          Int(generator.next(below: UInt64(accounts)))
        })
      let writes = chosen.sorted().map { write($0, version: UInt8(truncatingIfNeeded: block + 1)) }
      let start = (ProcessorClock.wallSeconds(), ProcessorClock.processorSeconds())
      let update = try state.nextUpdate(with: writes)
      updates.append(Cost.since(start, count: 1).processorSeconds * 1000)
      nodeCount += update.nodeCount
      commits.append(try Cost.of(1) { try state.commit(writes, update) })
    }
    let places = (0..<200).map { _ in Int(generator.next(below: UInt64(accounts))) }
    func meanBytes(_ numbers: [Int]) throws -> Double {
      Double(try numbers.reduce(0) { try $0 + state.proof(of: key($1)).count })
        / Double(numbers.count)
    }
    return Step(
      accounts: accounts, updateMilliseconds: updates,
      commitMilliseconds: commits.map { $0.wallSeconds * 1000 },
      commitProcessorMilliseconds: commits.map { $0.processorSeconds * 1000 },
      nodesPerBlock: Double(nodeCount) / Double(blocks), proofBytes: try meanBytes(places),
      absenceProofBytes: try meanBytes(places.map { -1 - $0 }), diskBytes: bytes(of: path),
      fillSeconds: fill.processorSeconds)
  }

  /// A balance's entry: 35 bytes of key, 16 of value.
  private static func write(_ number: Int, version: UInt8) -> StateWrite {
    StateWrite(
      key: key(number), value: [UInt8](repeating: version, count: 8) + name(of: number))
  }

  private static func key(_ number: Int) -> [UInt8] {
    [3, 0, 1] + SHA256.digest(of: name(of: number)).bytes
  }

  private static func name(of number: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func bytes(of folder: String) -> Int {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.reduce(0) { sum, file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
      return sum + (attributes?[.size] as? Int ?? 0)
    }
  }
}

extension StateBenchmark {
  /// The figures for programs, flat; `_1e5` at the end of a name is the count of accounts.
  public var flat: [(name: String, value: Double)] {
    var flat: [(name: String, value: Double)] = []
    for step in steps {
      func add(_ name: String, _ value: Double) { flat.append((name + "_" + step.suffix, value)) }
      add("root_update_ms", Self.median(step.updateMilliseconds))
      add("root_update_ms_greatest", step.updateMilliseconds.max() ?? 0)
      add("state_commit_ms", Self.median(step.commitMilliseconds))
      add("state_commit_processor_ms", Self.median(step.commitProcessorMilliseconds))
      add("tree_nodes_per_block", step.nodesPerBlock)
      add("proof_bytes", step.proofBytes)
      add("absence_proof_bytes", step.absenceProofBytes)
      add("disk_bytes", Double(step.diskBytes))
      add("fill_s", step.fillSeconds)
    }
    // A reader who wants one number: of a million accounts, or as many as there were.
    let plain = steps.first { $0.accounts >= 1_000_000 } ?? steps.last
    if let plain { flat.append(("proof_bytes", plain.proofBytes)) }
    return flat
  }

  public static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}

extension StateBenchmark.Step {
  /// `1e5` for a power of ten, else the number.
  public var suffix: String {
    let digits = String(accounts)
    let isPower = digits.first == "1" && digits.dropFirst().allSatisfy { $0 == "0" }
    return isPower ? "1e\(digits.count - 1)" : digits
  }
}
