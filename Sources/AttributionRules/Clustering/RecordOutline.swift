/// What the copy rule compares of a record: its word pairs and what it is about.
public struct RecordOutline: Hashable, Sendable {
  /// Strictly sorted; never empty.
  let pairs: [[UInt8]]
  /// The term's letters, if its own question asks about it by name; else empty.
  private let subject: [UInt8]
  private let questionLetters: [UInt8]

  /// - Complexity: O(n log n) in the words of question and answer.
  public init(term: String, question: String, answer: String) {
    pairs = WordBigrams.pairs(of: [question, answer])
    questionLetters = WordBigrams.letters(of: question)
    let letters = WordBigrams.letters(of: term)
    subject = questionLetters.contains(run: letters) ? letters : []
  }

  /// Whether this record, committed later, is a copy of `earlier`: the same but for light edits.
  ///
  /// If this question names the earlier record's subject, sharing half of all word pairs makes a
  /// copy. If it asks about something else, as the next record of a template does, three quarters
  /// are needed. The earlier record's term decides, because a copier writes his own.
  /// - Complexity: O(n) in the word pairs of both.
  public func isCopy(of earlier: RecordOutline) -> Bool {
    isCopy(of: earlier, sharing: sharedPairs(with: earlier))
  }

  /// Decides as ``isCopy(of:)`` when the shared pairs are already counted.
  func isCopy(of earlier: RecordOutline, sharing shared: Int) -> Bool {
    // With s shared of x and y pairs, s / (x + y − s) ≥ 1/2 is 3s ≥ x + y, and ≥ 3/4 is
    // 7s ≥ 3(x + y).
    let both = pairs.count + earlier.pairs.count
    guard 3 * shared >= both else { return false }
    return questionLetters.contains(run: earlier.subject) || 7 * shared >= 3 * both
  }

  func sharedPairs(with other: RecordOutline) -> Int {
    var mine = pairs[...]
    var theirs = other.pairs[...]
    var shared = 0
    while let first = mine.first, let second = theirs.first {
      if first == second {
        shared += 1
        mine.removeFirst()
        theirs.removeFirst()
      } else if first.lexicographicallyPrecedes(second) {
        mine.removeFirst()
      } else {
        theirs.removeFirst()
      }
    }
    return shared
  }
}

extension [UInt8] {
  /// Whether `run` stands somewhere in these bytes; an empty one always does.
  fileprivate func contains(run: [UInt8]) -> Bool {
    guard run.count <= count else { return false }
    return (0...(count - run.count)).contains { start in
      self[start..<(start + run.count)].elementsEqual(run)
    }
  }
}
