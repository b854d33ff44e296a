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

  enum Style: String, CaseIterable {
    case bold = "1"
    case faint = "2"
    case good = "32"
    case bad = "31"
    case warning = "33"

    fileprivate var start: String { "\u{1b}[\(rawValue)m" }
    fileprivate static let end = "\u{1b}[0m"

    /// Everything that ``Terminal/styled(_:_:)`` adds.
    static let sequences = allCases.map(\.start) + [end]
  }

  func styled(_ text: String, _ style: Style) -> String {
    hasColour ? style.start + text + Style.end : text
  }

  /// A heading for the next section of output, with an empty line before it.
  func title(_ text: String) -> String { "\n" + styled(text, .bold) + "\n" }

  /// Rows under headings; columns of numbers are aligned to the right, or at their points.
  func table(_ headings: [String], _ rows: [[String]]) -> String {
    let rows = Self.alignedAtPoints(rows.map { $0.map(\.inOneLine) })
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

  /// Fills up what stands behind the points, in columns of nothing but decimal numbers.
  private static func alignedAtPoints(_ rows: [[String]]) -> [[String]] {
    var rows = rows
    for column in (rows.first ?? []).indices {
      let cells = rows.map { $0[column] }
      guard cells.allSatisfy({ $0.isEmpty || $0.isDecimal }) else { continue }
      let fractions = cells.map { cell in cell.firstIndex(of: ".").map { cell[$0...].count } ?? 0 }
      let longest = fractions.max() ?? 0
      for row in rows.indices where !cells[row].isEmpty {
        rows[row][column] += String(repeating: " ", count: longest - fractions[row])
      }
    }
    return rows
  }
}

extension String {
  /// Whether it is digits, perhaps with a sign and one point between them.
  fileprivate var isDecimal: Bool { wholeMatch(of: /[+\-−]?[0-9]+(\.[0-9]+)?/) != nil }
}
