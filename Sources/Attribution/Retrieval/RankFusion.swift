/// One list of several: reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
enum RankFusion {
  /// How little the first places are worth more than those after them; the authors' choice.
  private static let damping = 60

  /// Returns up to `count` entries by falling sum of 1 / (60 + place) over the lists that hold
  /// them, equal ones in ascending order.
  static func fused<Entry: Hashable & Comparable>(_ lists: [[Entry]], count: Int) -> [Entry] {
    var worth: [Entry: Double] = [:]
    for list in lists {
      for (place, entry) in list.enumerated() {
        worth[entry, default: 0] += 1 / Double(damping + place + 1)
      }
    }
    return worth.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
      .prefix(count).map(\.key)
  }
}
