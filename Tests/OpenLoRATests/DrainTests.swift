import ClientAPI
import OpenLoRA
import RunKit
import TestKit
import Testing

/// The end of a server that has answers under way.
@Suite struct DrainTests {
  @Test func `a draining server finishes what it began, and begins nothing`() async throws {
    let world = try await World()
    let server = try world.server()
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let (starts, start) = AsyncStream.makeStream(of: Void.self)
    let first = world.paid(1)
    let answer = Task {
      try await server.complete(first) { _ in
        start.finish()
        for await _ in gate {}
      }
    }
    for await _ in starts {}
    await server.drain()
    #expect(await server.isDraining)
    do throws(InferenceFailure) {
      _ = try await server.complete(world.paid(2)) { _ in }
      Issue.record("a request was taken")
    } catch {
      #expect(error.code == .unavailable)
    }
    // The answer under way is not over: the deadline is.
    #expect(try await server.drained(by: .now).answering == 1)
    let settling = Task { try await server.run() }
    open.finish()
    #expect(try await answer.value.tokensOut > 0)
    let left = try await server.drained(by: .now + .seconds(120))
    #expect(left.answering == 0 && left.unsettled == 0)
    #expect(try await server.receipt(ofOrder: answer.value.order) != nil)
    settling.cancel()
  }
}
