/// The pieces of four bytes that a text's words are made of: what survives where words are garbled.
enum LetterGrams {
  static let length = 4

  /// The pieces of each text's words, lowered and with a space between and around them, as numbers
  /// of big-endian bytes; strictly sorted, never empty.
  ///
  /// A text whose words make fewer bytes is filled up with spaces.
  static func grams(of texts: [String]) -> [UInt32] {
    var grams: [UInt32] = []
    for text in texts {
      var bytes = [space] + WordBigrams.words(of: text).joined(separator: [space]) + [space]
      while bytes.count < length { bytes.append(space) }
      for start in 0...bytes.count - length {
        grams.append(bytes[start..<start + length].reduce(0) { $0 << 8 | UInt32($1) })
      }
    }
    grams.sort()
    var distinct: [UInt32] = []
    for gram in grams where gram != distinct.last { distinct.append(gram) }
    return distinct
  }

  private static let space = UInt8(ascii: " ")
}
