import Glibc
import JSONCoding
import Synchronization
import Testing

@testable import Networking

/// Tells a test that something happened, once.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func raise() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}

@Suite(.timeLimit(.minutes(10))) struct HTTPServerTests {
  let client = HTTPClient()

  /// Runs the test against a live server on a port of its own.
  func serving(
    limits: HTTPServerLimits = HTTPServerLimits(), _ handler: @escaping HTTPServer.Handler,
    test: (HTTPServer, String) async throws -> Void
  ) async throws {
    var limits = limits
    limits.grace = .milliseconds(100)
    let server = try HTTPServer(port: 0, limits: limits, handler: handler)
    do { try await test(server, "http://127.0.0.1:\(server.port)") } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  @Test func `a handler sees the whole request, decoded`() async throws {
    try await serving { request in
      .json([
        "method": .string(request.method), "path": .string(request.path),
        "query": .array(request.query.map { .string("\($0.name)=\($0.value)") }),
        "header": .string(request.headers["x-mark"] ?? ""),
        "body": .string(String(decoding: request.body, as: UTF8.self)),
      ])
    } test: { _, base in
      let response = try await client.send(
        .init(
          method: "PUT", url: base + "/a%20b/%C3%A9%2f?x=1+2&y=%26&z", headers: ["X-Mark": "here"],
          body: Array("héllo".utf8)))
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == "application/json")
      let json = try JSON(parsing: response.body)
      #expect(json["method"] == "PUT" && json["path"] == "/a b/é/")
      #expect(json["query"] == ["x=1 2", "y=&", "z="])
      #expect(json["header"] == "here" && json["body"] == "héllo")
    }
  }

  @Test(arguments: [0, 1, 100_000, 8 << 20])
  func `bodies of any size within the bound go there and back`(count: Int) async throws {
    let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try await serving {
      HTTPResponse(body: .bytes($0.body))
    } test: { _, base in
      let response = try await client.send(.init(method: "POST", url: base + "/", body: body))
      #expect(response.status == 200 && response.body == body)
    }
  }

  @Test func `one connection carries many requests`() async throws {
    try await serving {
      .text($0.path)
    } test: { server, _ in
      let connection = try #require(RawConnection(port: server.port))
      for path in ["/1", "/2", "/3"] {
        connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = await connection.receive(until: "\r\n\r\n\(path)")
        #expect(answer.hasPrefix("HTTP/1.1 200") && !answer.contains("Connection: close"))
      }
      connection.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(await connection.receive(until: "\r\n\r\n/b").contains("\r\n\r\n/a"))
    }
  }

  @Test func `sixty requests are handled at once`() async throws {
    let gate = Signal()
    let arrived = Mutex(0)
    let everyone = 60
    try await serving { request in
      let count = arrived.withLock {
        $0 += 1; return $0
      }
      if count == everyone { gate.raise() }
      await gate.wait()
      return .text(request.path)
    } test: { _, base in
      try await withThrowingTaskGroup { group in
        for number in 0..<everyone {
          group.addTask { [client] in
            let response = try await client.send(.init(url: base + "/\(number)"))
            return response.text == "/\(number)"
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }

  @Test func `a client with more requests than turns gets an answer to each`() async throws {
    var limits = HTTPServerLimits()
    limits.requestsAtOnce = 200
    try await serving(limits: limits) {
      .text($0.path)
    } test: { _, base in
      let right = await withTaskGroup { group in
        for number in 0..<150 {
          group.addTask { [client] in
            (try? await client.send(.init(url: base + "/\(number)")))?.text == "/\(number)"
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(right == 150)
    }
  }

  @Test func `events reach the client one by one, as they are sent`() async throws {
    let read = (0..<3).map { _ in Signal() }
    try await serving { _ in
      .events { writer in
        for number in 0..<3 {
          try await writer.send(ServerSentEvent(name: "n", data: "\(number)\nline two"))
          await read[number].wait()  // nothing more is sent until the client has this one
        }
        try await writer.send(ServerSentEvent(data: "[DONE]"))
      }
    } test: { _, base in
      let seen = Mutex<[ServerSentEvent]>([])
      let response = try await client.events(of: .init(url: base + "/")) { event in
        let index = seen.withLock {
          $0.append(event); return $0.count - 1
        }
        if index < 3 { read[index].raise() }
        return .next
      }
      #expect(response.headers["Content-Type"] == "text/event-stream")
      let data = seen.withLock { $0 }.map(\.data)
      #expect(data == ["0\nline two", "1\nline two", "2\nline two", "[DONE]"])
    }
  }

  @Test func `a handler's stream is cancelled when its client hangs up`() async throws {
    let left = Signal()
    try await serving { _ in
      .events { writer in
        defer { left.raise() }
        try await writer.send(ServerSentEvent(data: "hello"))
        while true { try await Task.sleep(for: .seconds(60)) }
      }
    } test: { _, base in
      _ = try await client.events(of: .init(url: base + "/")) { _ in .stop }
      await left.wait()
    }
  }

  @Test func `a silent handler is cancelled when its client hangs up`() async throws {
    let (started, left) = (Signal(), Signal())
    try await serving { _ in
      started.raise()
      try? await Task.sleep(for: .seconds(60))
      if Task.isCancelled { left.raise() }
      return .text("too late")
    } test: { server, _ in
      var connection = RawConnection(port: server.port)
      connection?.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      await started.wait()
      connection = nil
      await left.wait()
    }
  }

  @Test func `a producer waits for a slow client instead of filling memory`() async throws {
    let written = Mutex(0)
    var limits = HTTPServerLimits()
    limits.unsentInBytes = 1000
    try await serving(limits: limits) { _ in
      HTTPResponse(
        body: .stream { writer in
          for _ in 0..<100_000 {
            try await writer.write([UInt8](repeating: 1, count: 1000))
            written.withLock { $0 += 1000 }
          }
        })
    } test: { _, base in
      let heldBack = Mutex(0)
      _ = try await client.send(.init(url: base + "/")) { _ in
        // Reads nothing more until the producer has come to a stand.
        var before = -1
        while written.withLock({ $0 }) != before {
          before = written.withLock { $0 }
          usleep(50_000)
        }
        heldBack.withLock { $0 = before }
        return .stop
      }
      // The sockets' own buffers take some; without a bound, all hundred megabytes would be there.
      #expect(heldBack.withLock { $0 } < 30_000_000)
    }
  }

  @Test func `a stream that fails breaks off visibly`() async throws {
    struct Broken: Error {}
    try await serving { _ in
      HTTPResponse(
        body: .stream { writer in
          try await writer.write([1, 2, 3])
          throw Broken()
        })
    } test: { _, base in
      let failure = await #expect(throws: NetworkFailure.self) {
        try await client.send(.init(url: base + "/"))
      }
      #expect(failure?.code == .peerGone)
    }
  }
}
