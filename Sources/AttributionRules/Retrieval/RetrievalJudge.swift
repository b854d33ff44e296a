public import CanonicalCoding
public import Primitives

/// What is wrong with a receipt's retrieval evidence; the raw values are stable.
public enum RetrievalFault: String, CaseIterable, Sendable {
  /// A likelihood is above one.
  case likelihoodPositive = "retrieval_likelihood_positive"
  /// There is no passage, or one stands there twice.
  case passagesMiscounted = "retrieval_passages_miscounted"
  /// A passage is no record of the run's snapshot.
  case passageAbsent = "retrieval_passage_absent"
  /// A passage stands before one that was committed earlier, or nobody contributed it.
  case passagesDisordered = "retrieval_passages_disordered"
}

/// What is opened to show that a receipt's retrieval evidence is wrong.
public enum PassageEvidence: Hashable, Sendable {
  /// The evidence shows it by itself.
  case itself
  /// The rows beside the places where a passage's rows would stand, among records and decoys.
  case absent(record: Digest, records: RowGap, decoys: RowGap)
  /// Rows of two passages, in the list's order.
  case disordered(first: OpenedRecord, second: OpenedRecord)
}

extension RetrievalEvidence {
  /// Returns the fault that the evidence shows by itself; nil for none.
  public var faultOfItself: RetrievalFault? {
    guard likelihoods.all.allSatisfy({ $0 <= 0 }) else { return .likelihoodPositive }
    guard !passages.isEmpty, passages.count <= Self.mostPassages,
      Set(passages.map(\.record)).count == passages.count
    else { return .passagesMiscounted }
    return nil
  }

  /// Returns the fault that somebody with the whole index finds; nil for none.
  ///
  /// - Parameter place: where a content group was committed; nil if it never was.
  /// - Complexity: O(passages · log rows).
  public func fault<Place: Comparable>(
    index: InfluenceIndex, place: (Digest) -> Place?
  ) -> RetrievalFault? {
    if let faultOfItself { return faultOfItself }
    var last: Place?
    for passage in passages {
      guard let origin = index.origin(of: passage.record) else { return .passageAbsent }
      guard let next = place(origin.group) else { return .passagesDisordered }
      if let last, next < last { return .passagesDisordered }
      last = next
    }
    return nil
  }

  /// Returns the fault that opened rows show, given what the run committed to; nil for none.
  ///
  /// - Parameter place: as of ``fault(index:place:)``.
  /// - Complexity: at most four Merkle paths.
  public func fault<Place: Comparable>(
    shownBy evidence: PassageEvidence, index: IndexCommitment, place: (Digest) -> Place?
  ) -> RetrievalFault? {
    switch evidence {
    case .itself: return faultOfItself
    case .absent(let record, let records, let decoys):
      let names = RowName.all(of: record)
      return passages.contains { $0.record == record }
        && index.hasNoRecord(names, gap: records) && index.hasNoDecoy(names, gap: decoys)
        ? .passageAbsent : nil
    case .disordered(let first, let second):
      let places = [first, second].map { opened in
        passages.firstIndex { $0.record == opened.record.record }
      }
      guard [first, second].allSatisfy(index.holdsAnywhere),
        let one = places[0], let other = places[1], one <= other
      else { return nil }
      guard let earlier = place(first.record.origin.group),
        let later = place(second.record.origin.group)
      else { return .passagesDisordered }
      return later < earlier ? .passagesDisordered : nil
    }
  }
}

extension IndexCommitment {
  /// Whether a row stands in the index, of a record or a decoy.
  public func holdsAnywhere(_ opened: OpenedRecord) -> Bool {
    holds(opened) || holdsDecoy(opened)
  }
}

extension PassageEvidence: CanonicalCodable, UnionCodable {
  public static let caseNames = ["itself", "absent", "disordered"]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .itself: encoder.encode(tag: 1)
    case .absent(let record, let records, let decoys):
      encoder.encode(tag: 2)
      encoder.encode(record)
      encoder.encode(records)
      encoder.encode(decoys)
    case .disordered(let first, let second):
      encoder.encode(tag: 3)
      encoder.encode(first)
      encoder.encode(second)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .itself
    case 2:
      self = .absent(
        record: try decoder.decode(), records: try decoder.decode(), decoys: try decoder.decode())
    case 3: self = .disordered(first: try decoder.decode(), second: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}
