import Foundation

/// One line that shows how far a long step has come.
///
/// It redraws itself where a person watches; elsewhere a log gets a line at each quarter.
struct ProgressBar {
  let label: String
  private let terminal: Terminal
  private let write: (String) -> Void
  private var shown: String?
  private var quarter = 0

  init(_ label: String, on terminal: Terminal, write: @escaping (String) -> Void = ProgressBar.put)
  {
    self.label = label
    self.terminal = terminal
    self.write = write
  }

  /// Writes what we say ourselves, as it is: a bar must go back over its own line.
  static func put(_ text: String) {
    Swift.print(text, terminator: "")
    // A line that redraws itself must not wait in a buffer.
    fflush(nil)
  }

  /// Shows that this part of the whole is done, with a note such as a loss or a rate.
  mutating func update(_ fraction: Double, note: String = "") {
    let fraction = min(max(fraction, 0), 1)
    if terminal.isInteractive {
      let line = ProgressBar.line(label, fraction, note: note, width: terminal.width)
      guard line != shown else { return }
      shown = line
      write("\r\(line)\u{1b}[K")
    } else if Int(fraction * 4) > quarter {
      quarter = Int(fraction * 4)
      write(
        "\(label): \(Int(fraction * 100)) % \(note)".trimmingCharacters(in: .whitespaces) + "\n")
    }
  }

  /// Leaves the last state standing and goes to the next line.
  mutating func finish(note: String = "") {
    update(1, note: note)
    if terminal.isInteractive { write("\n") }
  }

  static func line(_ label: String, _ fraction: Double, note: String, width: Int) -> String {
    let percent = "\(Int(fraction * 100))"
    let head = "  \(label)  "
    let tail = String(repeating: " ", count: 4 - percent.count) + "\(percent) %  \(note)"
    let room = max(8, width - head.count - tail.count - 1)
    let cells = min(room, 40)
    let full = Int(fraction * Double(cells))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
    return String((head + bar + tail).prefix(width - 1))
  }
}
