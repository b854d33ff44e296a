import Glibc

/// Binds and listens, and says precisely why it can't.
enum ListeningSocket {
  /// Returns a listening, non-blocking socket and the port it has, which matters if 0 was asked.
  static func open(host: String, port: UInt16) throws(NetworkFailure) -> (
    socket: Int32, port: UInt16
  ) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_PASSIVE
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host, "\(port)", &hints, &list)
    guard status == 0, let first = unsafe list else {
      throw NetworkFailure(
        code: .badAddress, message: "\(host) names no address",
        underlying: unsafe String(cString: gai_strerror(status)))
    }
    defer { unsafe freeaddrinfo(list) }

    let socket = unsafe socket(
      first.pointee.ai_family,
      first.pointee.ai_socktype | Int32(SOCK_NONBLOCK.rawValue)
        | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw failure(errno, host, port) }
    var yes: Int32 = 1
    // A port whose last connections are still dying may be taken again at once.
    unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, UInt32(MemoryLayout<Int32>.size))
    guard unsafe bind(socket, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
      listen(socket, 128) == 0
    else {
      defer { close(socket) }
      throw failure(errno, host, port)
    }
    return (socket, boundPort(of: socket) ?? port)
  }

  private static func boundPort(of socket: Int32) -> UInt16? {
    var address = sockaddr_storage()
    var length = UInt32(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutableBytes(of: &address) { bytes -> UInt16? in
      guard let start = bytes.baseAddress,
        unsafe getsockname(socket, start.assumingMemoryBound(to: sockaddr.self), &length) == 0
      else { return nil }
      // The port follows the family in both IPv4's and IPv6's address.
      return unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
  }

  private static func failure(_ number: Int32, _ host: String, _ port: UInt16) -> NetworkFailure {
    let words = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    switch number {
    case EADDRINUSE:
      return NetworkFailure(
        code: .portInUse, message: "port \(port) of \(host) is in use; choose another",
        underlying: words)
    case EACCES:
      return NetworkFailure(
        code: .permissionDenied, message: "this user may not listen on port \(port)",
        underlying: words)
    case EADDRNOTAVAIL:
      return NetworkFailure(
        code: .badAddress, message: "\(host) is no address of this machine", underlying: words)
    default:
      return NetworkFailure(
        code: .inputOutput, message: "listening on \(host):\(port) failed", underlying: words)
    }
  }
}
