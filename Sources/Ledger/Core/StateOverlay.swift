public import Cryptography

/// What one entry becomes; a nil value removes it.
public typealias StateWrite = SparseMerkleTree.Write

/// Writes over a state that stays as it is: what a block, or one message of it, would change.
public struct StateOverlay: StateReader {
  private let base: any StateReader
  // The inner optional is the new value; nil removes the entry.
  private var changes = SortedMap<[UInt8]?>()

  public init(over base: any StateReader) { self.base = base }

  public var isIntact: Bool { base.isIntact }

  /// The write set, sorted by key.
  public var writes: [StateWrite] {
    zip(changes.keys, changes.values).map { StateWrite(key: $0, value: $1) }
  }

  public func value(at key: [UInt8]) -> [UInt8]? {
    if let change = changes[key] { return change }
    return base.value(at: key)
  }

  public mutating func set(_ value: [UInt8]?, at key: [UInt8]) { changes[key] = .some(value) }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    let changed = changes.positions(withPrefix: prefix, after: key)
    // Every change may hide one entry below, so that many more are asked for.
    let (wanted, unbounded) = limit.addingReportingOverflow(changed.count)
    let below = base.entries(withPrefix: prefix, after: key, limit: unbounded ? .max : wanted)
    var merged: [StateEntry] = []
    var next = below.startIndex
    for position in changed {
      let key = changes.keys[position]
      while next < below.endIndex, below[next].key.lexicographicallyPrecedes(key) {
        merged.append(below[next])
        next += 1
      }
      if next < below.endIndex, below[next].key == key { next += 1 }
      if let value = changes.values[position] { merged.append(StateEntry(key: key, value: value)) }
    }
    merged += below[next...]
    return Array(merged.prefix(limit))
  }
}
