/// The words of a text as the copy rule reads them, and their pairs.
///
/// A word is a run of ASCII letters, digits and bytes above 127; everything else separates. ASCII
/// capitals are lowered. No Unicode table takes part, so the words never change with a release.
enum WordBigrams {
  static func words(of text: String) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    for byte in text.utf8 {
      if let kept = wordByte(byte) {
        word.append(kept)
      } else if !word.isEmpty {
        words.append(word)
        word = []
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The pairs of neighbouring words, each once, sorted; a text's ends count as an empty word.
  ///
  /// A space joins a pair, and no word contains one.
  static func pairs(of texts: [String]) -> [[UInt8]] {
    var pairs: [[UInt8]] = []
    for text in texts {
      var previous: [UInt8] = []
      for word in words(of: text) + [[]] {
        pairs.append(previous + [UInt8(ascii: " ")] + word)
        previous = word
      }
    }
    pairs.sort { $0.lexicographicallyPrecedes($1) }
    var distinct: [[UInt8]] = []
    for pair in pairs where pair != distinct.last { distinct.append(pair) }
    return distinct
  }

  private static func wordByte(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
    case 128...: byte
    default: nil
    }
  }
}
