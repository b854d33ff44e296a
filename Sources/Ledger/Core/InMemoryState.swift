public import Cryptography

/// A whole state held in memory: for tests, simulation and replay.
public struct InMemoryState: StateReader {
  private var map = SortedMap<[UInt8]>()

  public init() {}

  public init(_ writes: [StateWrite]) { apply(writes) }

  public mutating func apply(_ writes: [StateWrite]) {
    for write in writes { map[write.key] = write.value }
  }

  public func value(at key: [UInt8]) -> [UInt8]? { map[key] }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    map.positions(withPrefix: prefix, after: key).prefix(limit).map {
      StateEntry(key: map.keys[$0], value: map.values[$0])
    }
  }
}
