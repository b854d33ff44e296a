/// BERT's uncased tokens: words, cut into the longest pieces that the vocabulary knows.
///
/// Text never becomes a control token: "[SEP]" in a text is three words.
struct WordPieceTokenizer: Sendable {
  /// Longer words are unknown: no vocabulary holds them, and pieces cost time by the square.
  private static let longestWord = 100

  private let tokens: [Piece: Int32]
  private let longestPiece: Int
  private let unknown: Int32
  private let opening: Int32
  private let closing: Int32
  let vocabularySize: Int

  private struct Piece: Hashable {
    let scalars: ArraySlice<Unicode.Scalar>
    /// Stands at the beginning of a word.
    let isFirst: Bool
  }

  /// Reads a vocabulary file: one token a line, those that go on within a word after `##`.
  /// - Throws: ``ModelFailure`` with `modelCorrupt` if a control token is missing.
  init(vocabulary bytes: [UInt8]) throws(ModelFailure) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self) }
    var tokens: [Piece: Int32] = [:]
    var controls: [String: Int32] = [:]
    var longest = 0
    for (index, line) in lines.enumerated() where !line.isEmpty {
      if ["[UNK]", "[CLS]", "[SEP]"].contains(line) { controls[line] = Int32(index) }
      // By scalars: as characters, "#" and a mark that follows are one.
      let isFirst = !line.unicodeScalars.starts(with: "##".unicodeScalars)
      let scalars = Array(line.unicodeScalars)[(isFirst ? 0 : 2)...]
      tokens[Piece(scalars: scalars, isFirst: isFirst)] = Int32(index)
      longest = max(longest, scalars.count)
    }
    guard let unknown = controls["[UNK]"], let opening = controls["[CLS]"],
      let closing = controls["[SEP]"]
    else { throw ModelFailure(.modelCorrupt, "the vocabulary has no [UNK], [CLS] or [SEP]") }
    self.tokens = tokens
    self.unknown = unknown
    self.opening = opening
    self.closing = closing
    longestPiece = longest
    vocabularySize = lines.last == "" ? lines.count - 1 : lines.count
  }

  /// Returns a text's tokens between `[CLS]` and `[SEP]`, at most `limit` in all; what is more is
  /// cut off at the end.
  func encode(_ text: String, limit: Int) -> [Int32] {
    precondition(limit > 2, "room for the text itself")
    var result = [opening]
    // Hardly a token takes more than a hundred characters; the rest of a long text is not read.
    for word in WordSplitter.words(String(text.unicodeScalars.prefix(limit * 128))) {
      guard result.count < limit - 1 else { break }
      result += pieces(of: word)
    }
    return result.prefix(limit - 1) + [closing]
  }

  /// The longest known beginning, then the longest known continuation, and so on; one unknown
  /// token if nothing fits somewhere.
  private func pieces(of word: [Unicode.Scalar]) -> [Int32] {
    guard word.count <= Self.longestWord else { return [unknown] }
    var result: [Int32] = []
    var start = 0
    while start < word.count {
      var end = min(word.count, start + longestPiece)
      var found: Int32?
      while found == nil, end > start {
        found = tokens[Piece(scalars: word[start..<end], isFirst: start == 0)]
        if found == nil { end -= 1 }
      }
      guard let found else { return [unknown] }
      result.append(found)
      start = end
    }
    return result
  }
}
