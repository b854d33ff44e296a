/// What a full-text table is asked for when people write the question.
///
/// No text is a syntax error: only its words count, each as a literal, and a row matches if it has
/// one of them.
public struct FullTextQuery: Hashable, Sendable {
  /// For the right-hand side of `MATCH`.
  public let match: String

  /// More words than these ask for nearly everything and cost time.
  public static let mostWords = 64
  /// In characters; what is longer is hardly a word, and is cut.
  public static let longestWord = 64

  /// Takes the first ``mostWords`` words of `text`, each once; nil if it has none.
  public init?(anyWordOf text: String) {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    func endWord() {
      // Case is the index's matter; here the same word twice is only waste.
      let literal = String(word)
      if !word.isEmpty, !words.contains(literal) { words.append(literal) }
      word = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      guard words.count < Self.mostWords else { break }
      if Self.isPartOfWord(scalar) {
        if word.count < Self.longestWord { word.append(scalar) }
      } else {
        endWord()
      }
    }
    if words.count < Self.mostWords { endWord() }
    guard !words.isEmpty else { return nil }
    match = words.map { "\"\($0)\"" }.joined(separator: " OR ")
  }

  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }
}
