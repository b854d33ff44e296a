package import Networking
internal import Primitives

/// One method on one pattern of paths.
///
/// In a pattern, `{name}` takes one segment, and at the end `{name...}` takes all that are left.
struct Route: Sendable {
  let method: String
  let pattern: String
  /// The parameters that its query may have.
  var query: [String] = []
  let style: Refusal.Style
  let answer: @Sendable (RouteCall) async throws(Refusal) -> HTTPResponse
}

/// A request with what its path says.
package struct RouteCall: Sendable {
  let request: HTTPRequest
  private let values: [String: String]

  /// nil if the path is not of the pattern.
  package init?(_ request: HTTPRequest, pattern: String) {
    var values: [String: String] = [:]
    var segments = request.path.split(separator: "/", omittingEmptySubsequences: false)[...]
    for part in pattern.split(separator: "/", omittingEmptySubsequences: false) {
      guard let segment = segments.popFirst() else { return nil }
      guard part.hasPrefix("{") else {
        guard part == segment else { return nil }
        continue
      }
      guard !segment.isEmpty else { return nil }
      if part.hasSuffix("...}") {
        values[String(part.dropFirst().dropLast(4))] =
          ([segment] + segments).joined(separator: "/")
        segments = []
      } else {
        values[String(part.dropFirst().dropLast())] = String(segment)
      }
    }
    guard segments.isEmpty else { return nil }
    self.request = request
    self.values = values
  }

  func text(_ name: String) -> String { values[name] ?? "" }

  func digest(_ name: String) throws(Refusal) -> Digest {
    guard let digest = Digest(hex: text(name)) else {
      throw Refusal(
        .invalidParameter, "\(name) must be 64 lower-case hexadecimal digits", parameter: name)
    }
    return digest
  }

  func number(_ name: String) throws(Refusal) -> UInt64 {
    guard let number: UInt64 = Self.decimal(text(name)) else {
      throw Refusal(.invalidParameter, "\(name) must be a whole number from 0", parameter: name)
    }
    return number
  }

  func bytes(_ name: String) throws(Refusal) -> [UInt8] {
    try Self.bytes(text(name), named: name)
  }

  /// Bytes of the query in hexadecimal; nil if it has none of that name.
  func queryBytes(_ name: String) throws(Refusal) -> [UInt8]? {
    guard let text = request.queryValue(name) else { return nil }
    return try Self.bytes(text, named: name)
  }

  /// A whole number in the query; nil if it has none of that name.
  func queryNumber(_ name: String) throws(Refusal) -> UInt64? {
    guard let text = request.queryValue(name) else { return nil }
    guard let number: UInt64 = Self.decimal(text) else {
      throw Refusal(.invalidParameter, "\(name) must be a whole number from 0", parameter: name)
    }
    return number
  }

  /// A count in the query, within `range`.
  func queryCount(
    _ name: String, in range: ClosedRange<Int>, absent: Int
  ) throws(Refusal) -> Int {
    guard let text = request.queryValue(name) else { return absent }
    guard let count: Int = Self.decimal(text), range.contains(count) else {
      throw Refusal(
        .invalidParameter, "\(name) must be \(range.lowerBound) to \(range.upperBound)",
        parameter: name)
    }
    return count
  }

  /// - Throws: `invalid_parameter` for what is none of these, or comes twice.
  fileprivate func checkQuery(knowing known: [String]) throws(Refusal) {
    let names = request.query.map(\.name)
    for (place, name) in names.enumerated() {
      guard known.contains(name) else {
        throw Refusal(
          .invalidParameter,
          known.isEmpty
            ? "this route's query takes no parameters"
            : "this route's query takes \(known.joined(separator: ", ")), and nothing of that name",
          parameter: name)
      }
      guard !names[..<place].contains(name) else {
        throw Refusal(.invalidParameter, "\(name) is given twice", parameter: name)
      }
    }
  }

  /// Digits alone: no sign, which Swift would take.
  private static func decimal<Number: FixedWidthInteger>(_ text: String) -> Number? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Number(text) : nil
  }

  private static func bytes(_ text: String, named name: String) throws(Refusal) -> [UInt8] {
    guard let bytes = [UInt8](hex: text) else {
      throw Refusal(
        .invalidParameter, "\(name) must be pairs of lower-case hexadecimal digits",
        parameter: name)
    }
    return bytes
  }
}

/// Finds the route of a request and writes its refusals down.
struct Router: Sendable {
  /// What became of a request.
  struct Outcome: Sendable {
    /// The route's pattern; `none` if there is no such route.
    let route: String
    let response: HTTPResponse
    /// Nil unless it was refused.
    let refusal: String?

    fileprivate init(_ response: HTTPResponse, by route: String) {
      (self.route, self.response, refusal) = (route, response, nil)
    }

    fileprivate init(_ refusal: Refusal, by route: String, _ style: Refusal.Style) {
      (self.route, response, self.refusal) = (route, refusal.response(style), refusal.code)
    }
  }

  let routes: [Route]

  func answer(_ request: HTTPRequest) async -> HTTPResponse { await outcome(of: request).response }

  func outcome(of request: HTTPRequest) async -> Outcome {
    let matches = routes.compactMap { route in
      RouteCall(request, pattern: route.pattern).map { (route: route, call: $0) }
    }
    guard let first = matches.first else {
      if let refusal = UnservedRoutes.refusal(of: request.path) {
        return Outcome(refusal, by: "none", UnservedRoutes.style(of: request.path))
      }
      let message = "there is no \(request.path) here; see docs/spec/http.md for the routes"
      return Outcome(Refusal(.routeNotFound, message), by: "none", .problem)
    }
    // The server drops a body that answers HEAD.
    let method = request.method == "HEAD" ? "GET" : request.method
    guard let match = matches.first(where: { $0.route.method == method }) else {
      let methods = matches.map(\.route.method)
      var refusal = Refusal(
        .methodNotAllowed, "\(request.path) takes \(methods.joined(separator: ", "))")
      refusal.allowedMethods = methods
      return Outcome(refusal, by: first.route.pattern, first.route.style)
    }
    do {
      try match.call.checkQuery(knowing: match.route.query)
      return Outcome(try await match.route.answer(match.call), by: match.route.pattern)
    } catch {
      return Outcome(error, by: match.route.pattern, match.route.style)
    }
  }
}
