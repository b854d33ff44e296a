internal import CanonicalCoding
internal import ClientAPI
internal import Ledger
internal import Networking
internal import Primitives

/// Canonical bytes from a node, and its refusals as typed failures.
extension NodeConnection {
  func decoded<Value: CanonicalCodable>(_ path: String) async throws(ClientFailure) -> Value {
    try decoded(try await bytes(request("GET", path, accepting: MediaType.bytes)))
  }

  /// nil if the node says that there is no such thing.
  func decoded<Value: CanonicalCodable>(
    _ path: String, missing: RefusalCode
  ) async throws(ClientFailure) -> Value? {
    guard let bytes = try await bytes(path, missing: missing) else { return nil }
    return try decoded(bytes) as Value
  }

  func decoded<Value: CanonicalCodable>(_ bytes: [UInt8]) throws(ClientFailure) -> Value {
    do {
      return try Value(canonicalBytes: bytes)
    } catch {
      throw .nonsense("the answer is not canonical: \(error)")
    }
  }

  /// nil if the node says that there is no such thing.
  func bytes(_ path: String, missing: RefusalCode) async throws(ClientFailure) -> [UInt8]? {
    let response = try await send(request("GET", path, accepting: MediaType.bytes))
    if response.isSuccess { return response.body }
    if ReceivedRefusal(body: response.body)?.code == missing.rawValue { return nil }
    throw failure(response)
  }

  func bytes(_ request: HTTPClient.Request) async throws(ClientFailure) -> [UInt8] {
    let response = try await send(request)
    guard response.isSuccess else { throw failure(response) }
    return response.body
  }

  private func send(
    _ request: HTTPClient.Request
  ) async throws(ClientFailure) -> HTTPClient.Response {
    do {
      return try await client.send(request)
    } catch {
      throw .unreachable(error)
    }
  }

  /// Submits a transaction.
  ///
  /// - Throws: `outcome_unknown` if no answer came and the transaction may have left: it may be in a
  ///   block all the same.
  func bytes(
    submitting id: Identifier<Transaction>, by request: HTTPClient.Request
  ) async throws(ClientFailure) -> [UInt8] {
    let response: HTTPClient.Response
    do {
      response = try await client.send(request)
    } catch {
      guard error.mayFollowSending else { throw .unreachable(error) }
      throw ClientFailure(
        code: .outcomeUnknown,
        message: "\(error.message), and the transaction may have been taken; "
          + "before sending another, ask GET /v1/transactions/\(id)")
    }
    guard response.isSuccess else { throw failure(response) }
    return response.body
  }

  private func failure(_ response: HTTPClient.Response) -> ClientFailure {
    guard let refusal = ReceivedRefusal(body: response.body) else {
      // The server in front of the routes refuses what is too much for it in plain text.
      let code: ClientFailure.Code = response.status == 503 ? .busy : .invalidAnswer
      return ClientFailure(code: code, message: "the node answered with status \(response.status)")
    }
    guard let code = ClientFailure.Code(rawValue: refusal.code) else {
      return .nonsense("the node refused with \(refusal.code): \(refusal.message)")
    }
    return ClientFailure(code: code, message: refusal.message, rejection: refusal.rejection)
  }
}

extension NetworkFailure {
  /// Whether a request may have reached the other end before this.
  fileprivate var mayFollowSending: Bool {
    switch code {
    case .badAddress, .unreachable, .permissionDenied, .portInUse: false
    case .timedOut, .peerGone, .cancelled, .tooLarge, .badProtocol, .inputOutput: true
    }
  }
}

extension ClientFailure {
  fileprivate static func unreachable(_ failure: NetworkFailure) -> ClientFailure {
    ClientFailure(
      code: .unreachable, message: "\(failure.message); start the node, or give its address")
  }

  /// The failure of an answer that no sound node gives.
  static func nonsense(_ message: String) -> ClientFailure {
    ClientFailure(code: .invalidAnswer, message: message)
  }
}
