internal import Cryptography
internal import Ledger
internal import Synchronization

/// Entries of the latest committed state, so that hot accounts are read from disk once.
///
/// Bounded. A read that began before a block was committed can't fill it afterwards.
final class StateCache: Sendable {
  private struct Content {
    var moment: UInt64 = 0
    // The value is nil where the state has no entry.
    var values = BoundedCache<KeyBytes, [UInt8]?>(maximum: StateCache.byteMaximum) { key, value in
      key.bytes.count + (value?.count ?? 0) + StateCache.entryOverhead
    }
  }

  static let byteMaximum = 96 << 20
  /// Entries that a beginning chain reads ahead.
  private static let warmMaximum = 200_000
  /// Two arrays' headers and a place in a hash table.
  private static let entryOverhead = 160

  private let content = Mutex(Content())

  /// Returns what `read` finds at the key, asking it only if the cache can't tell.
  func value(at key: [UInt8], reading read: () -> (value: [UInt8]?, isTrue: Bool)) -> [UInt8]? {
    let key = KeyBytes(key)
    let (known, moment) = content.withLock { ($0.values.value(for: key), $0.moment) }
    if let known { return known }
    let (value, isTrue) = read()
    content.withLock { content in
      if isTrue, content.moment == moment { content.values.set(value, for: key) }
    }
    return value
  }

  /// Remembers the accounts of a state that was just written, as far as there is room.
  func warm(from state: StoredState) {
    let accounts = state.entries(
      withPrefix: [StateTable.accounts.rawValue], after: nil, limit: Self.warmMaximum)
    guard state.isIntact else { return }
    content.withLock { content in
      for entry in accounts { content.values.set(entry.value, for: KeyBytes(entry.key)) }
    }
  }

  /// Moves on to the state after a block; to be called once that is on disk.
  func advance(by writes: [StateWrite]) {
    content.withLock { content in
      content.moment += 1
      for write in writes { content.values.set(write.value, for: KeyBytes(write.key)) }
    }
  }
}

/// The committed state read through the cache.
struct CachedState: StateReader {
  let stored: StoredState
  let cache: StateCache

  var isIntact: Bool { stored.isIntact }

  func value(at key: [UInt8]) -> [UInt8]? {
    cache.value(at: key) { (stored.value(at: key), stored.isIntact) }
  }

  func entries(withPrefix prefix: [UInt8], after key: [UInt8]?, limit: Int) -> [StateEntry] {
    stored.entries(withPrefix: prefix, after: key, limit: limit)
  }
}
