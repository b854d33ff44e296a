/// A cache that forgets what was not used lately, and never costs more than it may.
///
/// Two generations: what is used moves to the young one; when that is full, the old one is dropped
/// whole and the young one takes its place. Cost: O(1) for every call, spread evenly.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let generationMaximum: Int
  private let cost: @Sendable (Key, Value) -> Int
  private var young: [Key: Value] = [:]
  private var youngCost = 0
  private var old: [Key: Value] = [:]

  /// - Parameters:
  ///   - maximum: what both generations may cost together.
  ///   - cost: of one entry.
  init(maximum: Int, cost: @escaping @Sendable (Key, Value) -> Int) {
    generationMaximum = maximum / 2
    self.cost = cost
  }

  /// How many entries there are, those counted twice that were renewed since they grew old.
  var count: Int { young.count + old.count }

  mutating func value(for key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let value = old[key] else { return nil }
    set(value, for: key)
    return value
  }

  /// Remembers a value; one that costs more than half of all there may be is not kept.
  mutating func set(_ value: Value, for key: Key) {
    let added = cost(key, value)
    guard added <= generationMaximum else {
      remove(key)
      return
    }
    if youngCost + added > generationMaximum {
      old = young
      young = [:]
      young.reserveCapacity(old.count)
      youngCost = 0
    }
    if let before = young.updateValue(value, forKey: key) { youngCost -= cost(key, before) }
    youngCost += added
  }

  mutating func remove(_ key: Key) {
    if let before = young.removeValue(forKey: key) { youngCost -= cost(key, before) }
    old.removeValue(forKey: key)
  }
}
