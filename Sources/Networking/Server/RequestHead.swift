import CMicroHTTPD
import JSONCoding

/// A request before its body: what the library parsed, decoded by our own stricter rules.
struct RequestHead {
  private(set) var request: HTTPRequest
  private var isMalformed = false

  @unsafe init(connection: OpaquePointer, url: UnsafePointer<CChar>?, method: UnsafePointer<CChar>?)
  {
    let rawPath = unsafe url.map { unsafe Array(String(cString: $0).utf8) } ?? []
    let method = unsafe method.map { unsafe String(cString: $0) } ?? ""
    request = HTTPRequest(method: method, path: percentDecoded(rawPath) ?? "")
    isMalformed = !request.path.hasPrefix("/")
    for (name, value) in unsafe pairs(of: connection, kind: .HEADER_KIND) {
      request.headers.add(
        String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
    for (name, value) in unsafe pairs(of: connection, kind: .GET_ARGUMENT_KIND) {
      guard let name = percentDecoded(name), let value = percentDecoded(value) else {
        isMalformed = true
        continue
      }
      request.query.append(HTTPRequest.QueryItem(name: name, value: value))
    }
  }

  /// The answer to a request whose body we will not read; nil if we will.
  func refusal(bodyBound: Int) -> HTTPResponse? {
    let lengths = request.headers.values(of: "Content-Length")
    // Two lengths, or a length beside chunks, let two readers see two different requests.
    let isAmbiguous =
      lengths.count > 1 || (!lengths.isEmpty && request.headers["Transfer-Encoding"] != nil)
    if isMalformed || isAmbiguous {
      return .refused(
        status: 400, code: "request_malformed", detail: "the request is not well-formed HTTP/1.1")
    }
    if let length = lengths.first.flatMap({ UInt64($0) }), length > UInt64(bodyBound) {
      return .bodyTooLarge(bound: bodyBound)
    }
    return nil
  }
}

extension HTTPResponse {
  /// A status in words, as RFC 9457 asks where a problem's type says nothing.
  package static func title(ofStatus status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 413: "Content Too Large"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    default: "Internal Server Error"
    }
  }

  static func bodyTooLarge(bound: Int) -> HTTPResponse {
    .refused(
      status: 413, code: "body_too_large",
      detail: "a body may have at most \(bound) bytes here; send less")
  }

  /// What the server itself refuses, before any route sees it: a problem document (RFC 9457) with a
  /// stable code.
  static func refused(status: Int, code: String, detail: String) -> HTTPResponse {
    var response = HTTPResponse.json(
      [
        "type": "about:blank", "title": .string(HTTPResponse.title(ofStatus: status)),
        "status": .integer(status), "detail": .string(detail), "code": .string(code),
      ], status: status)
    response.headers["Content-Type"] = "application/problem+json"
    return response
  }
}

private final class Pairs { var list: [(name: [UInt8], value: [UInt8])] = [] }

@unsafe private func pairs(
  of connection: OpaquePointer, kind: MHD_ValueKind
) -> [(name: [UInt8], value: [UInt8])] {
  let pairs = Pairs()
  withExtendedLifetime(pairs) {
    _ = unsafe MHD_get_connection_values_n(
      connection, kind,
      { context, _, name, nameCount, value, valueCount in
        guard let context = unsafe context else { return .NO }
        let pairs = unsafe Unmanaged<Pairs>.fromOpaque(context).takeUnretainedValue()
        pairs.list.append(
          (
            unsafe [UInt8](UnsafeRawBufferPointer(start: name, count: nameCount)),
            unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: valueCount))
          ))
        return .YES
      }, Unmanaged.passUnretained(pairs).toOpaque())
  }
  return pairs.list
}
