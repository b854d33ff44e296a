/// Why a search index could not be read or written.
///
/// Everything in an index can be made again from what it was made of, so the last resort is always
/// to remove the file and rebuild.
public struct SearchFailure: Error, Equatable, Sendable {
  /// What a caller can act on; the raw values are stable and may appear in an API.
  public enum Code: String, Sendable, CaseIterable {
    /// The file is not an index, or is damaged; remove it and rebuild.
    case corrupt = "index_corrupt"
    /// Another process has the index open for writing.
    case locked = "index_locked"
    /// The disk is full; nothing of the write is visible.
    case diskFull = "index_disk_full"
    /// The operating system refuses access.
    case permissionDenied = "index_permission_denied"
    /// Anything else that SQLite reports.
    case failed = "index_failed"
  }

  public let code: Code
  /// A sentence for a log: what was tried, and SQLite's own words.
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }
}

extension SearchFailure: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
