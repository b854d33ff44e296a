/// Prints to standard output, and nothing there that acts on a terminal but our own styles.
///
/// It stands before Swift's own in this whole target: no command can forget it.
func print(_ item: Any, terminator: String = "\n") {
  Swift.print("\(item)".harmless(keepsLines: true, keepsStyles: true), terminator: terminator)
}

extension String {
  /// Somebody else's text within a line of ours, where a line of its own would look like ours.
  var inOneLine: String { harmless(keepsLines: false, keepsStyles: false) }

  /// Somebody else's text that may have lines and tabs, such as an answer.
  var inLines: String { harmless(keepsLines: true, keepsStyles: false) }

  /// The text with everything that acts on a terminal written as JSON escapes it, as in `\u001b`:
  /// what stood in a string of JSON is the same string still.
  fileprivate func harmless(keepsLines: Bool, keepsStyles: Bool) -> String {
    guard unicodeScalars.contains(where: \.actsOnTerminals) else { return self }
    var text = ""
    var rest = unicodeScalars[...]
    while let scalar = rest.first {
      if keepsStyles,
        let style = Terminal.Style.sequences.first(where: { Substring(rest).hasPrefix($0) })
      {
        text += style
        rest = rest.dropFirst(style.unicodeScalars.count)
        continue
      }
      let isKept = keepsLines && (scalar == "\n" || scalar == "\t")
      if scalar.actsOnTerminals, !isKept {
        text += scalar.escaped
      } else {
        text.unicodeScalars.append(scalar)
      }
      rest = rest.dropFirst()
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Whether a terminal does something else than to show it: controls, breaks of lines and
  /// paragraphs, changes of the writing direction, and what is invisible on purpose.
  fileprivate var actsOnTerminals: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // Joiners shape letters and emoji, and do no harm.
    case .format: value != 0x200c && value != 0x200d
    default: false
    }
  }

  fileprivate var escaped: String {
    Character(self).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }
}
