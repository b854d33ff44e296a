internal import Foundation

/// Brings text into the form BERT's uncased vocabulary was made of, and cuts it into words.
///
/// Control characters vanish, accents and case too; a word ends at white space, and every sign of
/// punctuation and every ideograph is a word of its own. The rules are those of BERT's tokenizer
/// (Devlin and others, 2018).
enum WordSplitter {
  /// Returns the words in order.
  /// - Complexity: O(n) in the text's characters.
  static func words(_ text: String) -> [[Unicode.Scalar]] {
    var words: [[Unicode.Scalar]] = []
    var word: [Unicode.Scalar] = []
    func endWord() {
      if !word.isEmpty { words.append(word) }
      word = []
    }
    for scalar in clean(text).decomposedStringWithCanonicalMapping.unicodeScalars {
      switch kind(of: scalar) {
      case .space: endWord()
      case .alone:
        endWord()
        words.append([scalar])
      case .accent: break
      case .inner: word += lowercased(scalar)
      }
    }
    endWord()
    return words
  }

  /// Without what no reader sees; ideographs stand between spaces before anything is decomposed.
  private static func clean(_ text: String) -> String {
    var cleaned = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !isInvisible(scalar) {
      if isIdeograph(scalar.value) {
        cleaned.append(contentsOf: [" ", scalar, " "])
      } else {
        cleaned.append(scalar)
      }
    }
    return String(cleaned)
  }

  private enum Kind { case space, alone, accent, inner }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    if scalar.isASCII {
      switch scalar.value {
      case 0x20, 0x09...0x0d: return .space
      case 0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e: return .alone
      default: return .inner
      }
    }
    if scalar.properties.isWhitespace { return .space }
    return switch scalar.properties.generalCategory {
    case .nonspacingMark: .accent
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      .alone
    default: .inner
    }
  }

  private static func lowercased(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if ("A"..."Z").contains(scalar) { return [Unicode.Scalar(UInt8(scalar.value) + 32)] }
    return scalar.isASCII ? [scalar] : Array(scalar.properties.lowercaseMapping.unicodeScalars)
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return scalar.value == 0x7f || scalar.value < 0x20 && !["\t", "\n", "\r"].contains(scalar)
    }
    if scalar == "\u{fffd}" { return true }
    return switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse: true
    default: false
    }
  }

  /// The ranges that BERT calls Chinese: ideographs, no kana and no hangul.
  private static func isIdeograph(_ value: UInt32) -> Bool {
    switch value {
    case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f,
      0x2b740...0x2b81f, 0x2b920...0x2ceaf, 0xf900...0xfaff, 0x2f800...0x2fa1f:
      true
    default: false
    }
  }
}
