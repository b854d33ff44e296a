/// What the copy rule compares of a record: its word pairs and what it is about.
public struct RecordOutline: Hashable, Sendable {
  /// Of question and answer; strictly sorted, never empty.
  let pairs: [[UInt8]]
  /// Of question and answer, as ``LetterGrams`` has them.
  let grams: [UInt32]
  private let answerPairs: [[UInt8]]
  private let questionWords: [[UInt8]]
  /// The term's letters, if its own question asks about it by name; else empty.
  private let subject: [UInt8]

  /// - Complexity: O(n log n) in the words of question and answer.
  public init(term: String, question: String, answer: String) {
    pairs = WordBigrams.pairs(of: [question, answer])
    grams = LetterGrams.grams(of: [question, answer])
    answerPairs = WordBigrams.pairs(of: [answer])
    questionWords = WordBigrams.words(of: question)
    let letters = WordBigrams.words(of: term).flatMap { $0 }
    subject = questionWords.name(letters) ? letters : []
  }

  /// Whether this record, committed later, is a copy of `earlier`: the same but for light edits.
  ///
  /// A copy gives the same answer (a third of the answers' word pairs shared) to the same question.
  /// If this question names the earlier record's subject, half of all word pairs must be shared; if
  /// it asks about something else, as the next record of a template does, seven eighths. The
  /// earlier record's term decides, because a copier writes his own.
  /// - Complexity: O(n) in the word pairs of both.
  public func isCopy(of earlier: RecordOutline) -> Bool {
    isCopy(of: earlier, sharing: Self.shared(pairs, earlier.pairs))
  }

  /// Decides as ``isCopy(of:)`` when the shared pairs are already counted.
  func isCopy(of earlier: RecordOutline, sharing shared: Int) -> Bool {
    // s shared of x and y pairs make s / (x + y − s): at least 1/2 is 3s ≥ x + y, at least 7/8 is
    // 15s ≥ 7(x + y), at least 1/3 is 4s ≥ x + y.
    let all = pairs.count + earlier.pairs.count
    guard 3 * shared >= all else { return false }
    guard questionWords.name(earlier.subject) || 15 * shared >= 7 * all else { return false }
    let answers = answerPairs.count + earlier.answerPairs.count
    return 4 * Self.shared(answerPairs, earlier.answerPairs) >= answers
  }

  /// Whether this record, committed later, is partly like `earlier`, of whose pieces and its own,
  /// `all` together, it shares some.
  ///
  /// A sixth of all must be shared; if this question asks about something else than the earlier
  /// record's subject, as the next record of a template does, three fifths.
  func resembles(_ earlier: RecordOutline, sharing shared: Int, of all: Int) -> Bool {
    guard 6 * shared >= all else { return false }
    return 5 * shared >= 3 * all || names(subjectOf: earlier)
  }

  /// Whether this record's question names what `other` is about; true if that has no subject.
  func names(subjectOf other: RecordOutline) -> Bool { questionWords.name(other.subject) }

  private static func shared(_ one: [[UInt8]], _ other: [[UInt8]]) -> Int {
    shared(one, other) { $0.lexicographicallyPrecedes($1) }
  }

  /// Counts what two strictly sorted lists have in common.
  static func shared<Item: Equatable>(
    _ one: [Item], _ other: [Item], by precedes: (Item, Item) -> Bool
  ) -> Int {
    var (one, other) = (one[...], other[...])
    var shared = 0
    while let first = one.first, let second = other.first {
      if first == second {
        shared += 1
        one.removeFirst()
        other.removeFirst()
      } else if precedes(first, second) {
        one.removeFirst()
      } else {
        other.removeFirst()
      }
    }
    return shared
  }
}

extension [[UInt8]] {
  /// Whether some whole words in a row spell these letters; no letters are always spelt.
  ///
  /// "Open BSD" names OpenBSD; "BARB" does not name ARB.
  fileprivate func name(_ letters: [UInt8]) -> Bool {
    guard !letters.isEmpty else { return true }
    return indices.contains { start in
      var rest = letters[...]
      for word in self[start...] {
        guard rest.starts(with: word) else { return false }
        rest = rest.dropFirst(word.count)
        if rest.isEmpty { return true }
      }
      return false
    }
  }
}
