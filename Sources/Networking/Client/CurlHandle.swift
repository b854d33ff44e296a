import CCurl

/// The owner of one libcurl handle, which holds a connection open between transfers.
///
/// `@unchecked Sendable`: libcurl lets a handle move between threads if two never use it at once,
/// and the pool gives it to one transfer at a time.
@safe final class CurlHandle: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer

  /// libcurl asks to be started once, before there are threads that use it.
  private static let library: Void = ccurl_start_library()

  init() throws(NetworkFailure) {
    CurlHandle.library
    guard let handle = unsafe curl_easy_init() else {
      throw NetworkFailure(code: .inputOutput, message: "the HTTP client did not start")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe curl_easy_cleanup(handle) }

  /// Runs one transfer to its end, on this thread.
  func perform(
    _ request: HTTPClient.Request, limits: HTTPClient.Limits, transfer: Transfer
  ) throws(NetworkFailure) -> HTTPClient.Response {
    unsafe curl_easy_reset(handle)
    setAddress(request)
    setLimits(limits)
    var list: UnsafeMutablePointer<curl_slist>?
    // Without "Expect", libcurl would hold back a large body for up to a second.
    unsafe list = curl_slist_append(list, "Expect:")
    for field in request.headers.fields {
      unsafe list = curl_slist_append(list, "\(field.name): \(field.value)")
    }
    unsafe ccurl_set_headers(handle, list)
    defer { unsafe curl_slist_free_all(list) }

    let code = unsafe request.body.withUnsafeBytes { body in
      if unsafe !body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
        unsafe ccurl_set_body(handle, body.baseAddress, curl_off_t(body.count))
      }
      // After the body, which would make it a POST.
      unsafe ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
      return withExtendedLifetime(transfer) {
        unsafe ccurl_set_callbacks(
          handle, takeHeadLine, takeBody, askWhetherToGoOn,
          Unmanaged.passUnretained(transfer).toOpaque())
        return unsafe curl_easy_perform(handle)
      }
    }
    if let refusal = transfer.refusal { throw refusal }
    guard code == CURLE_OK || transfer.isStopped else {
      throw NetworkFailure(curlCode: code, url: request.url)
    }
    return transfer.response
  }

  private func setAddress(_ request: HTTPClient.Request) {
    unsafe ccurl_set_text(handle, CURLOPT_URL, request.url)
    unsafe ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    unsafe ccurl_set_text(handle, CURLOPT_PROXY, "")
    unsafe ccurl_set_number(handle, CURLOPT_HTTP_VERSION, 2)  // 1.1
    unsafe ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    if request.isOnFreshConnection { unsafe ccurl_set_number(handle, CURLOPT_FRESH_CONNECT, 1) }
    if request.method == "HEAD" { unsafe ccurl_set_number(handle, CURLOPT_NOBODY, 1) }
  }

  private func setLimits(_ limits: HTTPClient.Limits) {
    unsafe ccurl_set_number(
      handle, CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.wholeMilliseconds)
    unsafe ccurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)  // bytes a second
    unsafe ccurl_set_number(
      handle, CURLOPT_LOW_SPEED_TIME, max(1, limits.idleTimeout.wholeMilliseconds / 1000))
    if let total = limits.totalTimeout {
      unsafe ccurl_set_number(handle, CURLOPT_TIMEOUT_MS, max(1, total.wholeMilliseconds))
    }
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}

extension NetworkFailure {
  fileprivate init(curlCode: CURLcode, url: String) {
    let code: Code =
      switch curlCode {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .badAddress
      case CURLE_COULDNT_CONNECT: .unreachable
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING: .peerGone
      case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
        .badProtocol
      default: .inputOutput
      }
    self.init(
      code: code, message: "the request to \(url) failed",
      underlying: unsafe String(cString: curl_easy_strerror(curlCode)))
  }
}

// libcurl's callbacks; the context is the transfer, which outlives them.

private func takeHeadLine(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe transfer(context) else { return 0 }
  unsafe transfer.takeHeadLine(
    [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count)))
  return size * count
}

private func takeBody(
  bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe transfer(context) else { return 0 }
  let piece = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count))
  return transfer.takeBody(piece) ? size * count : 0
}

private func askWhetherToGoOn(
  context: UnsafeMutableRawPointer?, toGet: curl_off_t, got: curl_off_t, toSend: curl_off_t,
  sent: curl_off_t
) -> Int32 {
  unsafe transfer(context)?.isOver == true ? 1 : 0
}

@unsafe private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  unsafe context.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}
