/// Why text or bytes from outside are not a Datanet's content.
public struct DatanetFailure: Error, Equatable, Sendable {
  /// What a caller can act on; the raw values are stable and may appear in an API.
  public enum Code: String, Sendable, CaseIterable {
    /// A line is not one JSON object of the expected text fields.
    case malformedLine = "malformed_line"
    /// A field is empty, too long, or holds a control character.
    case invalidRecord = "invalid_record"
    /// There are no records, or more than a contribution may hold.
    case recordCount = "record_count"
    /// The bytes are not the canonical encoding of what they should be.
    case corruptBlob = "corrupt_blob"
    /// Two contributions claim the same place in the commit order.
    case duplicatePosition = "duplicate_position"
    /// What a contribution holds can't be had, or is not what was revealed.
    case contributionUnread = "contribution_unread"
  }

  public let code: Code
  /// A sentence for a log.
  public let message: String
  /// Where in the text, counted from 1; nil if it has no lines.
  public let line: Int?

  public init(code: Code, message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }
}

extension DatanetFailure: CustomStringConvertible {
  public var description: String {
    let place = line.map { "line \($0): " } ?? ""
    return "\(code.rawValue): \(place)\(message)"
  }
}
