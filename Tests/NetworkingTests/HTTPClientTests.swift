import Primitives
import Testing

@testable import Networking

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
  func failure(of url: String, limits: HTTPClient.Limits = .init()) async -> NetworkFailure.Code? {
    do throws(NetworkFailure) {
      _ = try await HTTPClient(limits: limits).send(.init(url: url))
      return nil
    } catch { return error.code }
  }

  @Test func `what can't be reached is named`() async throws {
    let server = try HTTPServer(port: 0) { _ in .text("") }
    await server.stop()
    #expect(await failure(of: "http://127.0.0.1:\(server.port)/") == .unreachable)
    #expect(await failure(of: "http://") == .badAddress)
    #expect(await failure(of: "file:///etc/passwd") == .badAddress)
    #expect(await failure(of: "http://no-such-host.invalid/") == .badAddress)
  }

  @Test func `a slow server and a large answer meet their bounds`() async throws {
    let server = try HTTPServer(port: 0) { request in
      if request.path == "/slow" { try? await Task.sleep(for: .seconds(60)) }
      return HTTPResponse(body: .bytes([UInt8](repeating: 0, count: 2000)))
    }
    var limits = HTTPClient.Limits()
    limits.totalTimeout = .milliseconds(100)
    #expect(await failure(of: "http://127.0.0.1:\(server.port)/slow", limits: limits) == .timedOut)
    limits = HTTPClient.Limits()
    limits.bodyInBytes = 1999
    #expect(await failure(of: "http://127.0.0.1:\(server.port)/", limits: limits) == .tooLarge)
    await server.stop()
  }

  @Test func `cancelling the task ends the transfer`() async throws {
    let started = Signal()
    let server = try HTTPServer(port: 0) { _ in
      started.raise()
      try? await Task.sleep(for: .seconds(60))
      return .text("")
    }
    let task = Task { await failure(of: "http://127.0.0.1:\(server.port)/") }
    await started.wait()
    task.cancel()
    #expect(await task.value == .cancelled)
    await server.stop()
  }

  @Test func `an unsuccessful answer's body is kept, not handed on as chunks`() async throws {
    let server = try HTTPServer(port: 0) { _ in .text("no such thing", status: 404) }
    let response = try await HTTPClient().send(.init(url: "http://127.0.0.1:\(server.port)/")) {
      _ in
      Issue.record("no chunk was due")
      return .next
    }
    #expect(response.status == 404 && response.text == "no such thing")
    await server.stop()
  }
}

@Suite struct ServerSentEventTests {
  @Test(arguments: UInt64(0)..<50)
  func `events survive the wire however it is cut`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let events = [
      ServerSentEvent(name: "a", data: "one\n\ntwo: 2", identifier: "7"),
      ServerSentEvent(data: "", identifier: "7"),
      ServerSentEvent(data: " {\"é\": 1}", identifier: "7"),
    ]
    var wire = events[0].bytes + Array(": comment\r\n\r\n".utf8) + Array("data\r\r".utf8)
    wire += events[2].bytes
    var parser = ServerSentEventParser()
    var parsed: [ServerSentEvent] = []
    while !wire.isEmpty {
      let piece = Array(wire.prefix(Int(1 + generator.next(below: 9))))
      wire.removeFirst(piece.count)
      parsed += try parser.take(piece)
    }
    #expect(parsed == events)
  }

  @Test func `an endless event is refused`() {
    var parser = ServerSentEventParser(largestInBytes: 10)
    #expect(throws: NetworkFailure.self) { try parser.take(Array("data: 12345\n".utf8)) }
  }

  @Test func `a header value can't begin another header`() {
    let headers: HTTPHeaders = ["A": "1\r\nB: 2"]
    #expect(headers["a"] == "1  B: 2" && headers["B"] == nil)
  }
}
