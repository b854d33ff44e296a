public import Primitives

/// Names an adapter loaded into an engine.
public struct AdapterHandle: Hashable, Sendable {
  let number: Int
  /// Equal for equal weights: what is kept of prompts is kept by it.
  ///
  /// Loaded from no store, an adapter
  /// is like no other.
  public let digest: Digest

  init(number: Int, digest: Digest? = nil) {
    self.number = number
    self.digest = digest ?? Digest(words: [UInt64(number), 0, 0, 0])
  }

  /// The one handle by which an engine of its own knows an adapter of a store.
  public static func stored(_ name: Digest) -> AdapterHandle { .init(number: 0, digest: name) }
}

/// A few values by key: the one that was not asked for the longest leaves first.
struct RecentlyUsed<Key: Hashable, Value> {
  let most: Int
  /// The last is the latest.
  private var entries: [(key: Key, value: Value)] = []

  init(most: Int) { self.most = most }

  subscript(key: Key) -> Value? {
    mutating get {
      guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
      let entry = entries.remove(at: place)
      entries.append(entry)
      return entry.value
    }
    set {
      entries.removeAll { $0.key == key }
      guard let newValue else { return }
      entries.append((key, newValue))
      if entries.count > most { entries.removeFirst() }
    }
  }
}
