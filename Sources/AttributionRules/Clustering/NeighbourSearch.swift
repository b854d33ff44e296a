/// Finds the earlier heads that a head is partly like: its neighbours.
///
/// They are no reason not to train on it; but what its gradient shares with theirs is theirs, and
/// only the rest is scored (docs/spec/datanets.md).
public struct NeighbourSearch: Sendable {
  /// The most neighbours of a record.
  public static let most = 8

  private var outlines: [RecordOutline] = []
  /// The heads in which a piece of text stands, in order.
  ///
  /// Only looked up, never iterated.
  private var headsWithGram: [UInt32: [UInt32]] = [:]
  /// For each head how many pieces it shares with the one at hand; zeros in between.
  private var shared: [Int] = []

  public init() {}

  /// Adds the next head in commit order and returns its neighbours: the places of at most ``most``
  /// heads before it, the most alike of all that it resembles, ties to the earlier; ascending.
  /// - Complexity: O(g · h) for g pieces that stand in up to h heads each.
  public mutating func append(_ head: RecordOutline) -> [Int] {
    var touched: [Int] = []
    for gram in head.grams {
      for earlier in headsWithGram[gram] ?? [] {
        let place = Int(earlier)
        if shared[place] == 0 { touched.append(place) }
        shared[place] += 1
      }
      headsWithGram[gram, default: []].append(UInt32(outlines.count))
    }
    var found: [(place: Int, shared: Int, all: Int)] = []
    for place in touched {
      let all = head.grams.count + outlines[place].grams.count - shared[place]
      if head.resembles(outlines[place], sharing: shared[place], of: all) {
        found.append((place, shared[place], all))
      }
      shared[place] = 0
    }
    found.sort { one, other in
      let (first, second) = (one.shared * other.all, other.shared * one.all)
      return first != second ? first > second : one.place < other.place
    }
    outlines.append(head)
    shared.append(0)
    return found.prefix(Self.most).map(\.place).sorted()
  }
}
