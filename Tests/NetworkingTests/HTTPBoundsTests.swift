import Testing

@testable import Networking

@Suite(.timeLimit(.minutes(10))) struct HTTPBoundsTests {
  /// Sends raw bytes to an echoing server with small bounds, and returns what it says.
  func answer(to text: String, then rest: String = "") async throws -> String {
    var limits = HTTPServerLimits()
    limits.bodyInBytes = 1000
    limits.headInBytes = 4096
    limits.grace = .milliseconds(10)
    let server = try HTTPServer(port: 0, limits: limits) { HTTPResponse(body: .bytes($0.body)) }
    let connection = try #require(RawConnection(port: server.port))
    connection.send(text)
    if !rest.isEmpty { connection.send(rest) }
    let answer = await connection.receive(until: "\r\n\r\n")
    await server.stop()
    return answer
  }

  @Test(arguments: [
    ("declared", "Content-Length: 1001\r\n\r\n", ""),
    (
      "chunked", "Transfer-Encoding: chunked\r\n\r\n",
      "3e9\r\n" + String(repeating: "x", count: 1001) + "\r\n0\r\n\r\n"
    ),
  ])
  func `a body over the bound is answered with 413`(name: String, head: String, body: String)
    async throws
  {
    let answer = try await answer(to: "POST / HTTP/1.1\r\nHost: x\r\n" + head, then: body)
    #expect(answer.hasPrefix("HTTP/1.1 413"))
    #expect(answer.contains(#""code":"body_too_large""#))
    #expect(answer.contains(#""title":"Content Too Large""#))
  }

  @Test func `a chunked body within the bound is whole`() async throws {
    let answer = try await answer(
      to: "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
      then: "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200"))
  }

  @Test func `headers over the bound are refused`() async throws {
    let answer = try await answer(
      to: "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 5000))\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 431") || answer.hasPrefix("HTTP/1.1 413"))
  }

  @Test(arguments: [
    "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", "GET /?a=%4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
  ])
  func `a malformed request is answered with 400`(request: String) async throws {
    #expect(try await answer(to: request).hasPrefix("HTTP/1.1 400"))
  }

  @Test(arguments: ["\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0\r\n\r\n"])
  func `nonsense gets no success, and the next client is served`(nonsense: String) async throws {
    let server = try HTTPServer(port: 0) { _ in .text("well") }
    let rude = try #require(RawConnection(port: server.port))
    rude.send(nonsense)
    let client = HTTPClient()
    let response = try await client.send(.init(url: "http://127.0.0.1:\(server.port)/"))
    #expect(response.text == "well")
    await server.stop()
    #expect(await !rude.receive().contains(" 200 "))
  }

  @Test func `connections that say nothing, or half of something, shut nobody out`() async throws {
    var limits = HTTPServerLimits()
    limits.connections = 24
    limits.waitingConnections = 16
    // Longer than any client waits.
    limits.idleSeconds = 3600
    limits.grace = .milliseconds(10)
    let server = try HTTPServer(port: 0, limits: limits) { _ in .text("well") }
    let words = [
      "", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na",
    ]
    var open: [RawConnection] = []
    for index in 0..<96 {
      let connection = try #require(RawConnection(port: server.port))
      connection.send(words[index % words.count])
      open.append(connection)
    }
    let url = "http://127.0.0.1:\(server.port)/"
    for _ in 0..<3 { #expect(try await HTTPClient().send(.init(url: url)).text == "well") }
    // The first of all was given up.
    #expect(await open[0].receive().isEmpty)
    withExtendedLifetime(open) {}
    await server.stop()
  }

  @Test func `a request too many gets 503 and when to come again`() async throws {
    var limits = HTTPServerLimits()
    limits.requestsAtOnce = 1
    limits.grace = .milliseconds(10)
    let (started, done) = (Signal(), Signal())
    let server = try HTTPServer(port: 0, limits: limits) { _ in
      started.raise()
      await done.wait()
      return .text("first")
    }
    let url = "http://127.0.0.1:\(server.port)/"
    let client = HTTPClient()
    async let first = client.send(.init(url: url))
    await started.wait()
    let second = try await client.send(.init(url: url))
    #expect(second.status == 503 && second.headers["Retry-After"] == "1")
    #expect(second.text.contains(#""code":"server_busy""#))
    done.raise()
    #expect(try await first.text == "first")
    await server.stop()
  }

  @Test func `a taken port is reported, and free again after a stop`() async throws {
    let first = try HTTPServer(port: 0) { _ in .text("1") }
    let failure = #expect(throws: NetworkFailure.self) {
      try HTTPServer(port: first.port) { _ in .text("2") }
    }
    #expect(failure?.code == .portInUse)
    await first.stop()
    let second = try HTTPServer(port: first.port) { _ in .text("2") }
    let response = try await HTTPClient().send(.init(url: "http://127.0.0.1:\(second.port)/"))
    #expect(response.text == "2")
    await second.stop()
  }

  @Test func `an address that is not this machine's is reported`() {
    let failure = #expect(throws: NetworkFailure.self) {
      try HTTPServer(host: "192.0.2.1", port: 0) { _ in .text("") }
    }
    #expect(failure?.code == .badAddress)
  }

  @Test func `a stop lets a running request finish, within its grace`() async throws {
    let (started, done) = (Signal(), Signal())
    let server = try HTTPServer(port: 0) { _ in
      started.raise()
      await done.wait()
      return .text("finished")
    }
    let url = "http://127.0.0.1:\(server.port)/"
    async let response = HTTPClient().send(.init(url: url))
    await started.wait()
    async let stopped: Void = server.stop()
    done.raise()
    #expect(try await response.text == "finished")
    await stopped
  }

  @Test func `a stop ends requests that outlast their grace`() async throws {
    var limits = HTTPServerLimits()
    limits.grace = .milliseconds(20)
    let started = Signal()
    let server = try HTTPServer(port: 0, limits: limits) { _ in
      started.raise()
      try? await Task.sleep(for: .seconds(60))
      return .text("never")
    }
    let url = "http://127.0.0.1:\(server.port)/"
    let request = Task { try await HTTPClient().send(.init(url: url)) }
    await started.wait()
    await server.stop()
    await #expect(throws: NetworkFailure.self) { try await request.value }
  }
}
