internal import JSONCoding
internal import Networking

extension Route {
  /// Whether a balancer should send requests here: unlike `/healthz`, it says no while the answers of
  /// a server that is to end are finished.
  static func readiness(_ isDraining: @escaping @Sendable () -> Bool) -> Route {
    Route(method: "GET", pattern: "/readyz", style: .problem) { _ in
      guard !isDraining() else {
        var response = HTTPResponse.json(["status": "draining"], status: 503)
        response.headers["Retry-After"] = "1"
        return response
      }
      return .json(["status": "ready"])
    }
  }
}
