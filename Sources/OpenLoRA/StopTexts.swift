internal import ClientAPI
internal import LanguageModels

/// Finds where an answer's text is to end, and holds back what may be the beginning of that.
struct StopTexts: Sendable {
  private let stops: [[UInt8]]
  /// Not told yet: a stop may begin in it.
  private var held: [UInt8] = []
  /// The stop that ended the text.
  private(set) var found: String?

  init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

  /// What can be told with these characters more.
  mutating func append(_ text: String) -> String {
    guard found == nil else { return "" }
    held += text.utf8
    if let end = Self.firstPlace(of: stops, in: held) {
      found = stops.first { held[end...].starts(with: $0) }
        .map { String(decoding: $0, as: UTF8.self) }
      defer { held = [] }
      return String(decoding: held[..<end], as: UTF8.self)
    }
    // The longest end that a stop begins with; stops are whole characters, so this cuts none.
    let open = held.indices.first { start in stops.contains { $0.starts(with: held[start...]) } }
    defer { held.removeFirst(open ?? held.count) }
    return String(decoding: held[..<(open ?? held.count)], as: UTF8.self)
  }

  /// What was held back, now that nothing follows.
  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }

  /// An answer's text as far as it is told.
  static func told(_ text: String, until stops: [String]) -> String {
    let bytes = Array(text.utf8)
    return firstPlace(of: stops.map { Array($0.utf8) }, in: bytes).map {
      String(decoding: bytes[..<$0], as: UTF8.self)
    } ?? text
  }

  /// Whether the last token of an answer completes a stop.
  static func isEnded(_ tokens: [Int32], by stops: [String], _ tokenizer: Tokenizer) -> Bool {
    let longest = stops.map(\.utf8.count).max() ?? 0
    // A stop ends in the last token; each token that it may begin in has a byte at least.
    let bytes = tokens.suffix(longest + 1).flatMap { tokenizer.bytes(of: $0) }
    return firstPlace(of: stops.map { Array($0.utf8) }, in: bytes) != nil
  }

  private static func firstPlace(of stops: [[UInt8]], in bytes: [UInt8]) -> Int? {
    bytes.indices.first { start in stops.contains { bytes[start...].starts(with: $0) } }
  }
}
