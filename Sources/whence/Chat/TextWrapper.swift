/// Breaks text that comes in pieces into lines of a terminal, between words where it can.
struct TextWrapper {
  /// What stands before each line.
  let indent: String
  /// Columns, the indent's included.
  let width: Int
  /// Where the cursor is; the indent is written with the line's first word.
  private var column = 0
  private var spaces = ""
  private var word = ""
  private var wordWidth = 0

  init(indent: String = "", width: Int) {
    self.indent = indent
    self.width = max(width, indent.count + 8)
  }

  /// Takes the next piece, and returns what may be shown by now: a word is held back until it is whole.
  mutating func append(_ piece: String) -> String {
    var shown = ""
    for character in piece {
      switch character {
      case "\n", "\r\n":
        shown += takeWord() + "\n"
        spaces = ""
        column = 0
      case " ", "\t":
        shown += takeWord()
        spaces += character == "\t" ? "  " : " "
      default:
        word.append(character)
        wordWidth += character.columns
        // A word of a whole line can't wait, nor a text that has no spaces.
        if wordWidth >= room || character.columns > 1 { shown += takeWord() }
      }
    }
    return shown
  }

  /// What is left at the end.
  mutating func finish() -> String { takeWord() }

  /// Whether something stands on the line.
  var isMidLine: Bool { column > 0 }

  private var room: Int { width - indent.count }

  private mutating func takeWord() -> String {
    guard !word.isEmpty else { return "" }
    defer { (word, spaces, wordWidth) = ("", "", 0) }
    if column == 0 {
      // Spaces at a paragraph's beginning are its author's.
      let own = String(spaces.prefix(max(0, room - wordWidth)))
      column = indent.count + own.count + wordWidth
      return indent + own + word
    }
    if column + spaces.count + wordWidth <= width {
      column += spaces.count + wordWidth
      return spaces + word
    }
    column = indent.count + wordWidth
    return "\n" + indent + word
  }
}

extension Character {
  /// How many columns a terminal gives it.
  var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    let isEmoji = unicodeScalars.contains { $0.value == 0xfe0f }
    return isEmoji || Self.wide.contains { $0.contains(first.value) } ? 2 : 1
  }

  /// Unicode's East Asian wide and full-width blocks, and the emoji that are shown as pictures.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x231a...0x231b, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3,
    0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f,
    0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd,
  ]
}

extension StringProtocol {
  /// How many columns a terminal gives it, styles aside.
  var columns: Int { reduce(0) { $0 + $1.columns } }
}
