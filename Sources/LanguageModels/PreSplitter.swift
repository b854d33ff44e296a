/// Cuts text into the pieces that byte-pair merges never cross, as SmolLM's tokenizer does.
///
/// First every numeric character stands alone; then each stretch between follows GPT-2's pattern:
/// contractions, words and other runs with at most one leading space, and white space of which
/// the last character is left to a word that follows.
struct PreSplitter {
  private enum Class { case letter, number, space, other }

  /// Returns the pieces in order; together they are the text.
  static func pieces(_ text: String) -> [Substring.UnicodeScalarView] {
    let scalars = text.unicodeScalars
    var pieces: [Substring.UnicodeScalarView] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let end = pieceEnd(in: scalars, from: start)
      pieces.append(scalars[start..<end])
      start = end
    }
    return pieces
  }

  private typealias Scalars = String.UnicodeScalarView

  private static func pieceEnd(in scalars: Scalars, from start: Scalars.Index) -> Scalars.Index {
    let first = scalars[start]
    let next = scalars.index(after: start)
    if first == "'", let end = contractionEnd(in: scalars, after: next) { return end }
    switch classify(first) {
    case .number:
      return next
    case .letter:
      return runEnd(of: .letter, in: scalars, from: next)
    case .other:
      return runEnd(of: .other, in: scalars, from: next)
    case .space:
      if first == " ", next < scalars.endIndex {
        let following = classify(scalars[next])
        if following == .letter || following == .other {
          return runEnd(of: following, in: scalars, from: next)
        }
      }
      return spaceEnd(in: scalars, from: start)
    }
  }

  /// The end of a white-space run, less its last character if a word or sign follows it.
  ///
  /// Before a number the run is whole: numbers were cut out first, so that none follows it.
  private static func spaceEnd(in scalars: Scalars, from start: Scalars.Index) -> Scalars.Index {
    let end = runEnd(of: .space, in: scalars, from: start)
    guard end < scalars.endIndex, classify(scalars[end]) != .number else { return end }
    let shortened = scalars.index(before: end)
    return shortened > start ? shortened : end
  }

  private static func runEnd(
    of kind: Class, in scalars: Scalars, from start: Scalars.Index
  ) -> Scalars.Index {
    var end = start
    while end < scalars.endIndex, classify(scalars[end]) == kind { scalars.formIndex(after: &end) }
    return end
  }

  /// The end of 's, 't, 'm, 'd, 're, 've or 'll; nil if none of them follows the apostrophe.
  private static func contractionEnd(
    in scalars: Scalars, after apostrophe: Scalars.Index
  ) -> Scalars.Index? {
    guard apostrophe < scalars.endIndex else { return nil }
    let second = scalars.index(after: apostrophe)
    switch scalars[apostrophe] {
    case "s", "t", "m", "d": return second
    case "r", "v": return endIf(scalars, second, is: "e")
    case "l": return endIf(scalars, second, is: "l")
    default: return nil
    }
  }

  private static func endIf(
    _ scalars: Scalars, _ index: Scalars.Index, is expected: Unicode.Scalar
  ) -> Scalars.Index? {
    guard index < scalars.endIndex, scalars[index] == expected else { return nil }
    return scalars.index(after: index)
  }

  private static func classify(_ scalar: Unicode.Scalar) -> Class {
    switch scalar.value {
    case 0x61...0x7a, 0x41...0x5a: return .letter
    case 0x30...0x39: return .number
    case 0x20, 0x09...0x0d: return .space
    case 0...0x7f: return .other
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      return .number
    default:
      return .other
    }
  }
}
