/// Why the disk, or what lies on it, said no.
public struct StorageFailure: Error, Equatable, Sendable {
  /// What a caller can act on; the raw values are stable and may appear in an API.
  public enum Code: String, Sendable, CaseIterable {
    /// Stored bytes are not what was written; restore from a copy or replay from a peer.
    case corrupt
    /// Another process (or another owner in this one) has the store open.
    case locked
    /// The disk, a quota or a file-size limit is full; nothing of the write is visible.
    case diskFull = "disk_full"
    /// The operating system refuses access.
    case permissionDenied = "permission_denied"
    /// A newer or foreign program wrote the store.
    case incompatible
    /// The store was closed before the call.
    case closed
    /// The bytes exceed the bound that the caller or the store set.
    case tooLarge = "too_large"
    /// Anything else the operating system reports.
    case inputOutput = "input_output"
  }

  public let code: Code
  /// A sentence for a log: what was tried, and what to do if something can be done.
  public let message: String
  /// The lower layer's own words; empty if the failure began here.
  public let underlying: String

  public init(code: Code, message: String, underlying: String = "") {
    self.code = code
    self.message = message
    self.underlying = underlying
  }
}

extension StorageFailure: CustomStringConvertible {
  public var description: String {
    "\(code.rawValue): \(message)" + (underlying.isEmpty ? "" : " [\(underlying)]")
  }
}

extension StorageFailure {
  /// The failure behind a RocksDB status text, such as `IO error: No space left on device: ...`.
  init(status: String, while activity: String) {
    func says(_ words: String) -> Bool { status.contains(words) }
    let code: Code =
      if says("lock ") && says("LOCK") {
        .locked
      } else if says("No space left") || says("File too large") || says("quota exceeded") {
        .diskFull
      } else if says("Permission denied") || says("Read-only file system") {
        .permissionDenied
      } else if status.hasPrefix("Corruption") {
        .corrupt
      } else if status.hasPrefix("Invalid argument") || status.hasPrefix("Not implemented") {
        .incompatible
      } else {
        .inputOutput
      }
    self.init(code: code, message: "\(activity) failed\(code.advice)", underlying: status)
  }
}

extension StorageFailure.Code {
  /// What to do about it, as the end of a sentence; empty if we can't know.
  fileprivate var advice: String {
    switch self {
    case .locked: "; stop the other process that has it open"
    case .diskFull: "; free some space and open the store again"
    case .permissionDenied: "; give this user the right to write there"
    case .corrupt: "; restore a copy or replay from a peer"
    case .incompatible: "; it was written by another program or version"
    case .closed, .tooLarge, .inputOutput: ""
    }
  }
}
