internal import CanonicalCoding
internal import Ledger
internal import Networking
internal import Primitives

/// The names that both ends agree on.
enum WireHeader {
  /// Lower-case hexadecimal of the canonical signed order that pays for the answer; of an ensemble's one
  /// for each adapter, behind commas.
  static let order = "Whence-Order"
  /// Lower-case hexadecimal of the 32 bytes that hide the request's digest in the order.
  static let salt = "Whence-Salt"
  /// Lower-case hexadecimal of the canonical transaction that opens the order's channel.
  static let opening = "Whence-Opening"
  /// The order's digest, under which the receipt will stand; of several orders each, behind commas.
  static let receipt = "Whence-Receipt"

  static func text(_ orders: [SignedOrder]) -> String {
    orders.map(\.canonicalBytes.hex).joined(separator: ",")
  }

  static func receipts(_ orders: [SignedOrder]) -> String {
    orders.map(\.order.signedDigest.description).joined(separator: ",")
  }
}

enum MediaType {
  static let bytes = "application/octet-stream"
  static let json = "application/json"
  static let events = "text/event-stream"
}

extension HTTPRequest {
  /// Whether the client asked for canonical bytes instead of JSON.
  var wantsBytes: Bool {
    headers.values(of: "Accept").contains { $0.contains(MediaType.bytes) }
  }
}

extension HTTPResponse {
  static func canonical(_ bytes: [UInt8]) -> HTTPResponse {
    HTTPResponse(headers: ["Content-Type": MediaType.bytes], body: .bytes(bytes))
  }
}

/// Returns the text as one segment of a path: all but letters, digits and `-._~` escaped.
func percentEncoded(_ segment: some StringProtocol) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var encoded: [UInt8] = []
  for byte in segment.utf8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: encoded.append(byte)
    default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: encoded, as: UTF8.self)
}
