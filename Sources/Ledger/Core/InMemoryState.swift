public import Cryptography

/// A whole state held in memory: for tests, simulation and replay.
public struct InMemoryState: StateReader {
  private var map = StateMap<[UInt8]>()

  public init() {}

  public init(_ writes: [StateWrite]) { apply(writes) }

  public mutating func apply(_ writes: [StateWrite]) {
    for write in writes { map.update(write.key, to: write.value) }
  }

  public func value(at key: [UInt8]) -> [UInt8]? { map[key] }

  public func entries(
    withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int
  ) -> [StateEntry] {
    var entries: [StateEntry] = []
    var cursor = map.cursor(withPrefix: prefix, after: key)
    while entries.count < limit, let key = cursor.current, let value = map[key] {
      entries.append(StateEntry(key: key, value: value))
      cursor.advance()
    }
    return entries
  }
}
