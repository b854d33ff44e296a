/// Which records give a held-out question away: they show memory, not learning
/// (docs/spec/attribution.md, Uplift).
///
/// What several questions of the set have in common is form, which everybody may teach; a question
/// is given away by what only it has.
public struct HeldOutOverlap: Sendable {
  private let items: [RecordOutline]
  /// For each item its own pieces, which no other item has; all of its pieces if there are none.
  private let own: [[UInt32]]

  /// - Complexity: O(n log n) in the pieces of all items.
  public init(items: [RecordOutline]) {
    self.items = items
    // Only looked up, never iterated.
    var counts: [UInt32: Int] = [:]
    for item in items { for gram in item.grams { counts[gram, default: 0] += 1 } }
    own = items.map { item in
      let rare = item.grams.filter { counts[$0] == 1 }
      return rare.isEmpty ? item.grams : rare
    }
  }

  /// Whether `record` gives away the item at `place`: it is a copy of it, has 3/5 of its own pieces,
  /// or 2/7 of them and a question that names its subject.
  ///
  /// However much else stands in the record: cutting or padding a leak hides nothing.
  /// - Complexity: O(n) in the pieces of both.
  public func isGivenAway(_ place: Int, by record: RecordOutline) -> Bool {
    let item = items[place]
    let shared = RecordOutline.shared(record.grams, own[place], by: <)
    let isLike = 7 * shared >= 2 * own[place].count && record.names(subjectOf: item)
    return isLike || 5 * shared >= 3 * own[place].count || record.isCopy(of: item)
  }
}
