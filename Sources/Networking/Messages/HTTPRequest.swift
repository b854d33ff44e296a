/// A request as a handler sees it: whole, within the server's bounds, its path decoded.
public struct HTTPRequest: Sendable {
  public struct QueryItem: Sendable, Equatable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In capitals, as sent: `GET`, `POST`, ...
  public var method: String
  /// Decoded and without the query; begins with `/`.
  public var path: String
  public var query: [QueryItem]
  public var headers: HTTPHeaders
  public var body: [UInt8]

  public init(
    method: String = "GET", path: String, query: [QueryItem] = [], headers: HTTPHeaders = [:],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// The first query value of that name.
  public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// Returns the text with its percent escapes decoded; nil if one is malformed, decodes to a zero
/// byte, or the result is not UTF-8.
package func percentDecoded(_ bytes: some Sequence<UInt8>) -> String? {
  var decoded: [UInt8] = []
  var iterator = bytes.makeIterator()
  while let byte = iterator.next() {
    guard byte == UInt8(ascii: "%") else {
      decoded.append(byte)
      continue
    }
    guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue),
      high << 4 | low != 0
    else { return nil }
    decoded.append(high << 4 | low)
  }
  return String(validating: decoded, as: UTF8.self)
}

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case 0x30...0x39: digit - 0x30
  case 0x41...0x46: digit - 0x41 + 10
  case 0x61...0x66: digit - 0x61 + 10
  default: nil
  }
}
