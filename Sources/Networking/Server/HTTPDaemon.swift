import CMicroHTTPD
import Glibc

/// The owner of one libmicrohttpd daemon and its listening socket.
@safe struct HTTPDaemon: ~Copyable, @unchecked Sendable {
  // `@unchecked`: the library lets any thread stop its daemon, and the lock in HTTPServer sees to
  // it that only one does.
  let port: UInt16
  private let daemon: OpaquePointer
  private let service: Unmanaged<HTTPService>
  private var listener: Int32?

  init(host: String, port: UInt16, service: HTTPService) throws(NetworkFailure) {
    let (socket, port) = try ListeningSocket.open(host: host, port: port)
    let retained = unsafe Unmanaged.passRetained(service)
    let started = unsafe cmicrohttpd_start(
      socket, UInt32(service.limits.connections), service.limits.headInBytes,
      service.limits.idleSeconds, handleAccess, handleCompletion, handleConnection,
      retained.toOpaque())
    guard let started = unsafe started else {
      close(socket)
      unsafe retained.release()
      throw NetworkFailure(code: .inputOutput, message: "the HTTP server did not start")
    }
    self.port = port
    unsafe daemon = started
    unsafe self.service = retained
    listener = socket
  }

  /// Lets the open connections go on, and takes no new ones.
  mutating func stopListening() {
    guard let socket = listener else { return }
    unsafe MHD_quiesce_daemon(daemon)
    close(socket)
    listener = nil
  }

  deinit {
    // Closes the listening socket too, unless that was taken from it.
    unsafe MHD_stop_daemon(daemon)
    unsafe service.release()
  }
}

// The library's callbacks: they run on its one thread, never two at once for a connection.

/// Called once when a request's head is there, once for each piece of its body, once when it is
/// whole, and once more when a sleeping connection was woken.
private func handleAccess(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?, url: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
  upload: UnsafePointer<CChar>?, uploadCount: UnsafeMutablePointer<Int>?,
  slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe context, let connection = unsafe connection, let slot = unsafe slot,
    let uploadCount = unsafe uploadCount
  else { return .NO }
  let service = unsafe Unmanaged<HTTPService>.fromOpaque(context).takeUnretainedValue()

  guard let known = unsafe slot.pointee else {
    let head = unsafe RequestHead(connection: connection, url: url, method: method)
    let exchange = unsafe HTTPExchange(
      request: head.request, connection: connection, unsentBound: service.limits.unsentInBytes)
    unsafe slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
    // Answering on this first call closes the connection: right for what we refuse to read.
    guard let refusal = head.refusal(bodyBound: service.limits.bodyInBytes) else { return .YES }
    exchange.answer(refusal)
    return unsafe queue(refusal, of: exchange, on: connection)
  }

  let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(known).takeUnretainedValue()
  if unsafe uploadCount.pointee > 0 {
    let piece = unsafe [UInt8](UnsafeRawBufferPointer(start: upload, count: uploadCount.pointee))
    unsafe uploadCount.pointee = 0
    return exchange.receive(piece, bound: service.limits.bodyInBytes) ? .YES : .NO
  }
  if case .receiving = exchange.phase {
    unsafe service.waiting.leave(connection)
    service.begin(exchange)
  }
  guard !exchange.isGone else { return .NO }
  if case .answering(let response) = exchange.phase {
    return unsafe queue(response, of: exchange, on: connection)
  }
  return .YES
}

/// Called once for every request that `handleAccess` saw, however it ended.
private func handleCompletion(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, reason: MHD_RequestTerminationCode
) {
  if let context = unsafe context, let connection = unsafe connection {
    // It may ask again.
    let service = unsafe Unmanaged<HTTPService>.fromOpaque(context).takeUnretainedValue()
    unsafe service.waiting.enter(connection)
  }
  guard let slot = unsafe slot, let known = unsafe slot.pointee else { return }
  unsafe slot.pointee = nil
  unsafe Unmanaged<HTTPExchange>.fromOpaque(known).takeRetainedValue().leave()
}

/// Called when a connection has come, and when it has gone.
private func handleConnection(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, change: MHD_ConnectionNotificationCode
) {
  guard let context = unsafe context, let connection = unsafe connection else { return }
  let service = unsafe Unmanaged<HTTPService>.fromOpaque(context).takeUnretainedValue()
  if change == .CONNECTION_NOTIFY_STARTED {
    unsafe service.waiting.enter(connection)
  } else {
    unsafe service.waiting.leave(connection)
  }
}

/// Hands the answer's head, and its body if that is whole, to the library.
@unsafe private func queue(
  _ response: HTTPResponse, of exchange: HTTPExchange, on connection: OpaquePointer
) -> MHD_Result {
  let built: OpaquePointer?
  switch response.body {
  case .bytes(let bytes):
    unsafe built = bytes.withUnsafeBytes {
      unsafe MHD_create_response_from_buffer(
        $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
    }
  case .stream:
    unsafe built = cmicrohttpd_stream(
      16 << 10, pullBody, Unmanaged.passRetained(exchange).toOpaque(), releaseExchange)
  }
  guard let built = unsafe built else { return .NO }
  defer { unsafe MHD_destroy_response(built) }
  for field in response.headers.fields {
    unsafe MHD_add_response_header(built, field.name, field.value)
  }
  exchange.headQueued()
  return unsafe MHD_queue_response(connection, UInt32(response.status), built)
}

private func pullBody(
  context: UnsafeMutableRawPointer?, position: UInt64, buffer: UnsafeMutablePointer<CChar>?,
  count: Int
) -> Int {
  guard let context = unsafe context, let buffer = unsafe buffer else { return cmicrohttpd_broken }
  let exchange = unsafe Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
  switch exchange.pull(atMost: count) {
  case .bytes(let bytes):
    unsafe UnsafeMutableRawBufferPointer(start: buffer, count: count).copyBytes(from: bytes)
    return bytes.count
  case .sleep: return 0
  case .end: return cmicrohttpd_end
  case .broken: return cmicrohttpd_broken
  }
}

private func releaseExchange(context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Unmanaged<HTTPExchange>.fromOpaque(context).release()
}
