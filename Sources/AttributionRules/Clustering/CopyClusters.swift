/// Records grouped into stars around the earliest record of each: its head.
///
/// Only heads are trained on, scored and paid. A record joins the earliest *head* it copies, never
/// another copy, so that a chain of small edits can't drift from one text to the next. Records are
/// judged in commit order and nothing that comes later changes an earlier verdict.
public struct CopyClusters: Hashable, Sendable {
  /// For each record the index of its head; a head's is its own.
  public private(set) var headOfRecord: [Int] = []

  private var outlines: [RecordOutline] = []
  /// The heads in which a word pair stands, in order.
  ///
  /// Only looked up, never iterated.
  private var headsWithPair: [[UInt8]: [Int]] = [:]

  public init() {}

  /// Clusters records given in commit order.
  public init(of records: some Sequence<RecordOutline>) {
    for record in records { append(record) }
  }

  /// Adds the next record in commit order and returns the index of its head.
  /// - Complexity: O(p · h) for p word pairs that stand in up to h heads each.
  @discardableResult
  public mutating func append(_ record: RecordOutline) -> Int {
    let index = headOfRecord.count
    let head = earliestHead(copiedBy: record) ?? index
    if head == index {
      for pair in record.pairs { headsWithPair[pair, default: []].append(index) }
    }
    headOfRecord.append(head)
    outlines.append(record)
    return head
  }

  private func earliestHead(copiedBy record: RecordOutline) -> Int? {
    // Every copy shares a pair with its head, so the heads found here are all there are.
    let candidates = record.pairs.flatMap { headsWithPair[$0] ?? [] }.sorted()
    var start = 0
    while start < candidates.count {
      let head = candidates[start]
      let end = candidates[start...].firstIndex { $0 != head } ?? candidates.count
      // Each shared pair named the head once: the run's length is their number.
      if record.isCopy(of: outlines[head], sharing: end - start) { return head }
      start = end
    }
    return nil
  }
}
