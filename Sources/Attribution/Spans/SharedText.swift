internal import AttributionRules
internal import Primitives

/// A record that has some text, without the text.
struct PlacedRecord: Hashable, Comparable, Sendable {
  let place: CommitPlace
  let record: Digest

  static func < (lhs: PlacedRecord, rhs: PlacedRecord) -> Bool {
    (lhs.place, lhs.record) < (rhs.place, rhs.record)
  }
}

/// A text, once, with every record that has it.
struct SharedText: Sendable {
  let text: [UInt8]
  /// In commit order; never empty.
  var sources: [PlacedRecord]
}

extension [SharedText] {
  /// Joins equal texts and puts all in the order of their first records.
  ///
  /// The order of what is given makes no difference.
  func joined() -> [SharedText] {
    var indexOfText: [[UInt8]: Int] = [:]
    var joined: [SharedText] = []
    for shared in self {
      if let index = indexOfText[shared.text] {
        joined[index].sources += shared.sources
      } else {
        indexOfText[shared.text] = joined.count
        joined.append(shared)
      }
    }
    for index in joined.indices {
      var sources: [PlacedRecord] = []
      for source in joined[index].sources.sorted() where source != sources.last {
        sources.append(source)
      }
      joined[index].sources = sources
    }
    return joined.sorted {
      $0.sources[0] == $1.sources[0]
        ? $0.text.lexicographicallyPrecedes($1.text) : $0.sources[0] < $1.sources[0]
    }
  }
}
