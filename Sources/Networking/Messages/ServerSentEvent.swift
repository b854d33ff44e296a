/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
public struct ServerSentEvent: Sendable, Equatable {
  public var name: String?
  public var data: String
  public var identifier: String?

  public init(name: String? = nil, data: String, identifier: String? = nil) {
    self.name = name
    self.data = data
    self.identifier = identifier
  }

  /// The event on the wire, with the empty line that ends it.
  public var bytes: [UInt8] {
    var text = ""
    if let name { text += "event: \(name)\n" }
    if let identifier { text += "id: \(identifier)\n" }
    for line in data.split(separator: "\n", omittingEmptySubsequences: false) {
      text += "data: \(line)\n"
    }
    return Array((text + "\n").utf8)
  }
}

/// Cuts a stream of bytes into events, wherever the network cut it into pieces.
public struct ServerSentEventParser: Sendable {
  private let largestInBytes: Int
  private var line: [UInt8] = []
  private var size = 0
  private var lastWasReturn = false
  private var name: String?
  private var identifier: String?
  private var data: [String] = []

  /// - Parameter largestInBytes: the bound on one event.
  public init(largestInBytes: Int = 1 << 20) { self.largestInBytes = largestInBytes }

  /// Takes the next bytes and returns the events that they complete.
  /// - Throws: `too_large` if an event exceeds the bound.
  public mutating func take(_ bytes: [UInt8]) throws(NetworkFailure) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      // A line ends with LF, CR, or both.
      let continuesReturn = lastWasReturn && byte == 0x0a
      lastWasReturn = byte == 0x0d
      guard !continuesReturn else { continue }
      if byte == 0x0a || byte == 0x0d {
        if let event = endLine() { events.append(event) }
      } else {
        line.append(byte)
        size += 1
        guard size <= largestInBytes else {
          throw NetworkFailure(code: .tooLarge, message: "an event exceeds \(largestInBytes) bytes")
        }
      }
    }
    return events
  }

  private mutating func endLine() -> ServerSentEvent? {
    defer { line = [] }
    guard !line.isEmpty else {
      defer { (name, data, size) = (nil, [], 0) }
      guard !data.isEmpty else { return nil }
      let text = data.joined(separator: "\n")
      return ServerSentEvent(name: name, data: text, identifier: identifier)
    }
    let parts = line.split(separator: 0x3a, maxSplits: 1, omittingEmptySubsequences: false)
    var value = parts.count > 1 ? parts[1] : []
    if value.first == 0x20 { value = value.dropFirst() }
    let text = String(decoding: value, as: UTF8.self)
    switch String(decoding: parts[0], as: UTF8.self) {
    case "event": name = text
    case "data": data.append(text)
    case "id": identifier = text
    default: break  // a comment, or a field of a later standard
    }
    return nil
  }
}
