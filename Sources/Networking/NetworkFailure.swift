/// Why the network, or whoever is at its other end, said no.
public struct NetworkFailure: Error, Equatable, Sendable {
  /// What a caller can act on; the raw values are stable and may appear in an API.
  public enum Code: String, Sendable, CaseIterable {
    /// Another process listens on the port.
    case portInUse = "port_in_use"
    /// The operating system refuses the port or the address to this user.
    case permissionDenied = "permission_denied"
    /// The host or URL names no address.
    case badAddress = "bad_address"
    /// Nobody answers there.
    case unreachable
    case timedOut = "timed_out"
    /// The other end hung up before the exchange was whole.
    case peerGone = "peer_gone"
    /// This end gave up.
    case cancelled
    /// A body exceeds the bound.
    case tooLarge = "too_large"
    /// The other end does not speak the protocol.
    case badProtocol = "bad_protocol"
    /// Anything else.
    case inputOutput = "input_output"
  }

  public let code: Code
  /// A sentence for a log.
  public let message: String
  /// The lower layer's own words; empty if the failure began here.
  public let underlying: String

  public init(code: Code, message: String, underlying: String = "") {
    self.code = code
    self.message = message
    self.underlying = underlying
  }
}

extension NetworkFailure: CustomStringConvertible {
  public var description: String {
    "\(code.rawValue): \(message)" + (underlying.isEmpty ? "" : " [\(underlying)]")
  }
}
