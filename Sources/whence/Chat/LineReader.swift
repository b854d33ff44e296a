import CEdit
import Foundation
import Networking
import Synchronization

/// Where a conversation's lines come from: a terminal with editing and history, or a pipe.
final class LineReader: Sendable {
  enum Line: Equatable, Sendable {
    case text(String)
    /// Given up with Ctrl-C.
    case interrupted
    case end
  }

  private let editor: Mutex<LineEditor?>

  /// - Parameters:
  ///   - prompt: stands before each line on a terminal; a pipe gets none.
  ///   - history: the file that keeps what was typed, for its owner alone.
  init(prompt: String, history: String, isInteractive: Bool) {
    editor = Mutex(isInteractive ? LineEditor(prompt: prompt, history: history) : nil)
  }

  /// Waits for the next line, on a thread of its own.
  func next() async -> Line {
    await onOwnThread {
      self.editor.withLock { editor in
        if editor != nil { return editor?.next() ?? .end }
        return readLine(strippingNewline: true).map(Line.text) ?? .end
      }
    }
  }
}

/// A line with editing; owns libedit's handle.
@safe private struct LineEditor: ~Copyable {
  private static let lineMaximum: Int32 = 1_000
  private let handle: UnsafeMutablePointer<cedit>
  private let history: String

  /// nil if the terminal can't be edited on.
  init?(prompt: String, history: String) {
    guard let handle = unsafe cedit_create(prompt, Self.lineMaximum) else { return nil }
    unsafe self.handle = handle
    self.history = history
    // There is none at first.
    _ = unsafe cedit_load(handle, history)
  }

  deinit { unsafe cedit_destroy(handle) }

  mutating func next() -> LineReader.Line {
    // Ours and libedit's output must not overtake each other.
    fflush(nil)
    guard let bytes = unsafe cedit_next(handle) else {
      return unsafe handle.pointee.is_interrupted != 0 ? .interrupted : .end
    }
    var text = unsafe String(cString: bytes)
    while text.last?.isNewline == true { text.removeLast() }
    if !text.allSatisfy(\.isWhitespace) {
      unsafe cedit_remember(handle, text)
      let isNew = !FileManager.default.fileExists(atPath: history)
      if isNew {
        // Made before it is written: nobody else may read a word of it.
        _ = FileManager.default.createFile(
          atPath: history, contents: nil, attributes: [.posixPermissions: 0o600])
      }
      // A history that the disk does not take is no reason to end a conversation.
      _ = unsafe cedit_save(handle, history)
    }
    return .text(text)
  }
}
