import Foundation

/// Where output goes, and how much it may decorate.
struct Terminal: Sendable {
  /// Whether a person watches: progress may redraw its line.
  var isInteractive: Bool
  var hasColour: Bool
  /// Columns.
  var width: Int

  init(isInteractive: Bool, hasColour: Bool, width: Int) {
    self.isInteractive = isInteractive
    self.hasColour = hasColour
    self.width = width
  }

  /// Asks the environment: `NO_COLOR` (no-color.org), `TERM`, `COLUMNS`.
  init(environment: [String: String], isInteractive: Bool, columns: Int?) {
    self.isInteractive = isInteractive && environment["TERM"] != "dumb"
    hasColour = self.isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    let asked = environment["COLUMNS"].flatMap { Int($0) } ?? columns ?? 80
    width = min(max(asked, 40), 120)
  }

  /// Standard output as it is now.
  static var standard: Terminal {
    var size = winsize()
    let isSized = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return Terminal(
      environment: ProcessInfo.processInfo.environment, isInteractive: isatty(STDOUT_FILENO) == 1,
      columns: isSized ? Int(size.ws_col) : nil)
  }

  enum Style: String {
    case bold = "1"
    case faint = "2"
    case good = "32"
    case bad = "31"
    case warning = "33"
  }

  func styled(_ text: String, _ style: Style) -> String {
    hasColour ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// A heading for the next section of output, with an empty line before it.
  func title(_ text: String) -> String { "\n" + styled(text, .bold) + "\n" }

  /// Rows under headings; columns of numbers are aligned to the right.
  func table(_ headings: [String], _ rows: [[String]]) -> String {
    let widths = headings.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    let isNumeric = headings.indices.map { column in
      !rows.isEmpty
        && rows.allSatisfy { $0[column].first.map { "+-−0123456789".contains($0) } ?? true }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return isNumeric[column] ? space + cells[column] : cells[column] + space
      }
      let text = "  " + padded.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    return ([styled(line(headings), .faint)] + rows.map(line)).map { $0 + "\n" }.joined()
  }
}
