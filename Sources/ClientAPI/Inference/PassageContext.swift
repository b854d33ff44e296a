internal import AttributionRules

/// How retrieved passages stand in a prompt; `docs/spec/retrieval.md` fixes every byte, for whoever
/// checks a receipt makes the same prompt again.
public struct PassageContext: Hashable, Sendable {
  /// The most passages of an answer.
  public static let passageMaximum = RetrievalEvidence.mostPassages
  /// How many a request gets that names no number.
  public static let passageStandard: UInt32 = 4
  /// The most bytes of a passage; the rest of its record is cut.
  public static let passageBytes = 1024

  private static let instruction =
    "Use these sources where they help, and cite them by number, such as [1]."

  /// One line each.
  private let lines: [String]

  /// - Parameter texts: the passages in the order of their numbers.
  /// - Precondition: at most ``passageMaximum``.
  public init(_ texts: [String]) {
    precondition(texts.count <= Self.passageMaximum, "at most 16 passages")
    lines = texts.map(Self.line)
  }

  /// The most bytes that so many passages add to a prompt.
  public static func byteMaximum(passages: Int) -> Int {
    instruction.utf8.count + 3 + passages * (passageBytes + "[16] \n".utf8.count)
  }

  /// Puts the passages before the question; without any the conversation stays as it is.
  ///
  /// - Parameter leftOut: the place of a passage that does not appear; the others keep their
  ///   numbers.
  public func put(
    into messages: [ChatRequest.Message], leavingOut leftOut: Int? = nil
  ) -> [ChatRequest.Message] {
    let shown = lines.indices.filter { $0 != leftOut }
    guard !shown.isEmpty, let place = Self.questionPlace(in: messages) else { return messages }
    let list = shown.map { "[\($0 + 1)] \(lines[$0])\n" }.joined()
    var messages = messages
    messages[place].content = "\(Self.instruction)\n\n\(list)\n\(messages[place].content)"
    return messages
  }

  /// What passages are looked for with: the last message of the user, or else the last one.
  public static func question(of messages: [ChatRequest.Message]) -> String {
    questionPlace(in: messages).map { messages[$0].content } ?? ""
  }

  private static func questionPlace(in messages: [ChatRequest.Message]) -> Int? {
    messages.lastIndex { $0.role == .user } ?? messages.indices.last
  }

  /// A text in one line, so that none can pass for several: each run of spaces and control
  /// characters is one space, none at either end; cut to whole characters of Unicode.
  private static func line(_ text: String) -> String {
    let words = text.utf8.split { $0 <= 0x20 || $0 == 0x7f }
    var line = Array(words.joined(separator: [0x20]))
    if line.count > passageBytes {
      var end = passageBytes
      while line[end] & 0xc0 == 0x80 { end -= 1 }
      line.removeSubrange(end...)
    }
    return String(decoding: line, as: UTF8.self)
  }
}
