internal import JSONCoding
internal import Ledger
internal import Networking

/// Where a node answers, and how its refusals read.
struct NodeConnection: Sendable {
  let base: String
  let client: HTTPClient

  /// - Parameter base: such as `http://127.0.0.1:8800`; a slash at its end is dropped.
  init(base: String, client: HTTPClient) {
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    self.client = client
  }

  func request(
    _ method: String, _ path: String, accepting type: String, headers: HTTPHeaders = [:],
    body: [UInt8] = []
  ) -> HTTPClient.Request {
    var headers = headers
    headers["Accept"] = type
    return HTTPClient.Request(method: method, url: base + path, headers: headers, body: body)
  }
}

/// A refusal as it came over the wire, in either style.
package struct ReceivedRefusal {
  let code: String
  let message: String
  let parameter: String?
  let rejection: Rejection?

  /// nil if the body is no refusal of this protocol.
  package init?(body: [UInt8]) {
    guard let json = try? JSON(parsing: body) else { return nil }
    self.init(json: json)
  }

  init?(json: JSON) {
    let error = json["error"] ?? json
    guard let code = error["code"]?.string,
      let message = (error["message"] ?? error["detail"])?.string
    else { return nil }
    self.code = code
    self.message = message
    parameter = (error["param"] ?? error["parameter"])?.string
    rejection = error["rejection"]?["number"]?.integer(as: UInt32.self)
      .flatMap(Rejection.init(code:))
  }
}
