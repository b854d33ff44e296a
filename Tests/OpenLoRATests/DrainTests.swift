import ClientAPI
import LanguageModels
import Ledger
import OpenLoRA
import Primitives
import RunKit
import Synchronization
import TestKit
import Testing

/// The end of a server that has answers under way.
@Suite struct DrainTests {
  @Test func `a stream that is cut off is told its end, and paid for what it was sent`()
    async throws
  {
    let limit: UInt32 = 200
    // The engine may be done before its first word is told: then it is asked again.
    for number in UInt64(1)...50 {
      let world = try await World()
      let server = try world.server()
      var request = try ChatRequest(parsing: world.body(tokens: limit, temperature: 1500))
      request.isStreaming = true
      let order = world.order(number, for: request.body) { $0.maximumFee = World.deposit }
      let heard = Mutex("")
      let completion = try await server.complete(
        PaidRequest(body: request.body, order: order, salt: World.salt)
      ) { piece in
        guard case .text(let text, _) = piece else { return }
        heard.withLock { $0 += text }
        _ = try? await server.cutOff(by: .now)
      }
      guard completion.tokensOut < limit, completion.end == .length else { continue }
      #expect(heard.withLock { $0 } == completion.text)
      let published = try await world.settling(server) {
        try await world.receipt(order, from: server)
      }
      #expect(published.receipt.tokensOut == completion.tokensOut)
      #expect(published.receipt.fee == completion.fee)
      let answer = published.disclosure.answer.map { Int32(bitPattern: $0) }
      #expect(world.run.engine.tokenizer.decode(answer) == completion.text)
      _ = try await world.verifier.checkByRecomputation(
        published, engine: world.run.engine, weights: TinyRun.weights)
      return
    }
    Issue.record("no stream was cut off")
  }

  @Test func `what was to come whole and is cut off costs nothing`() async throws {
    let world = try await World()
    let server = try world.server()
    let before = try await world.everything()
    // Cut off before the engine begins, as what waits is.
    #expect(try await server.cutOff(by: .now).answering == 0)
    for (number, isStreaming) in [(UInt64(1), false), (2, true)] {
      var request = try ChatRequest(parsing: world.body())
      request.isStreaming = isStreaming
      let paid = PaidRequest(
        body: request.body, order: world.order(number, for: request.body), salt: World.salt)
      do throws(InferenceFailure) {
        _ = try await server.complete(paid) { piece in
          if case .text = piece { Issue.record("a word was told") }
        }
        Issue.record("it was answered")
      } catch {
        #expect(
          error.code == .unavailable && error.message.contains("charges nothing"), "\(error)")
      }
    }
    #expect(try await world.everything() == before)
  }

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
