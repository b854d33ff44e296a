import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Networking
import Primitives
import Synchronization
import Testing

@testable import NodeHTTP

@Suite(.timeLimit(.minutes(10))) struct InferenceOverHTTPTests {
  @Test(arguments: Way.allCases)
  func `models come with all their prices`(way: Way) async throws {
    try await withInference(way, ScriptedInference()) { client async throws in
      #expect(try await client.models() == [.test])
    }
  }

  @Test(arguments: Way.allCases, [false, true])
  func `calls and likelihoods come as they were told`(way: Way, isStreaming: Bool) async throws {
    let likelihoods = [-1_500_000, 0, -12, -1_000_000_000].map { (microNats: Int64) in
      AnswerToken(
        chosen: .init(bytes: [0xe2, 0x80], microNats: microNats),
        top: [.init(bytes: Array("\"".utf8), microNats: 0), .init(bytes: [], microNats: microNats)])
    }
    let calls = [
      ToolCall(id: "call_0", name: "f", arguments: #"{"a":"\""}"#),
      ToolCall(id: "call_1", name: "g", arguments: "{}"),
    ]
    for pieces in [["a", "b", "", "d"], []] {
      let told = pieces.isEmpty ? [] : likelihoods
      let service = ScriptedInference(
        .init(pieces: pieces, toolCalls: calls, likelihoods: told))
      try await withInference(way, service) { client async throws in
        let heard = Mutex<[AnswerPiece]>([])
        let completion = try await client.complete(try PaidRequest.test(isStreaming: isStreaming)) {
          piece in heard.withLock { $0.append(piece) }
        }
        #expect(completion.toolCalls == calls && completion.end == .toolCalls)
        #expect(completion.text == pieces.joined() && completion.likelihoods ?? [] == told)
        #expect(heard.withLock { $0.suffix(2) } == calls.map { .toolCall($0) })
      }
    }
  }

  @Test(arguments: Way.allCases, [false, true])
  func `an answer is the same whole and in pieces`(way: Way, isStreaming: Bool) async throws {
    let service = ScriptedInference()
    try await withInference(way, service) { client async throws in
      let request = try PaidRequest.test(isStreaming: isStreaming)
      let pieces = Mutex<[String]>([])
      let completion = try await client.complete(request) { piece in
        if case .text(let text, _) = piece { pieces.withLock { $0.append(text) } }
      }
      #expect(completion.text == "Whence –\nok" && completion.end == .stop)
      #expect(completion.tokensIn == 7 && completion.tokensOut == 4)
      #expect(completion.fee == Amount(baseUnits: 1 << 100))
      #expect(completion.order == request.order?.order.signedDigest)
      #expect(pieces.withLock { $0.joined() } == completion.text)
      if isStreaming { #expect(pieces.withLock { $0.count } == 4) }
      // The order binds the body's bytes: they must arrive untouched.
      #expect(service.requests == [request])
    }
  }

  @Test(arguments: Way.allCases, InferenceFailure.Code.allCases)
  func `every failure comes back as it was thrown`(
    way: Way, code: InferenceFailure.Code
  ) async throws {
    let thrown = InferenceFailure(code, "what to do", parameter: "model")
    let service = ScriptedInference(.init(failure: thrown))
    try await withInference(way, service) { client async throws in
      for isStreaming in [false, true] {
        let request = try PaidRequest.test(isStreaming: isStreaming)
        await #expect(throws: thrown) { try await client.complete(request) { _ in } }
      }
      await #expect(throws: thrown) { try await client.models() }
      await #expect(throws: thrown) { try await client.receipt(ofOrder: .zero) }
      await #expect(throws: thrown) { try await client.blob(.zero) }
      await #expect(throws: thrown) { try await client.card(of: Identifier(.zero)) }
    }
  }

  @Test(arguments: Way.allCases)
  func `a failure in the middle of an answer comes typed too`(way: Way) async throws {
    let thrown = InferenceFailure(.unavailable, "the engine stopped; ask again")
    let service = ScriptedInference(.init(failure: thrown, failsAfter: 2))
    try await withInference(way, service) { client async throws in
      let request = try PaidRequest.test(isStreaming: true)
      let text = Mutex("")
      await #expect(throws: thrown) {
        try await client.complete(request) { piece in
          if case .text(let more, _) = piece { text.withLock { $0 += more } }
        }
      }
      #expect(text.withLock { $0 } == "Whence")
    }
  }

  @Test(arguments: Way.allCases)
  func `a receipt is nil until it is there`(way: Way) async throws {
    let service = ScriptedInference()
    let order = try #require(try PaidRequest.test().order)
    try await withInference(way, service) { client async throws in
      #expect(try await client.receipt(ofOrder: order.order.signedDigest) == nil)
      service.rewrite { $0.receipt = .open(.test(of: order)) }
      #expect(
        try await client.receipt(ofOrder: order.order.signedDigest) == .open(.test(of: order)))
      #expect(try await client.receipt(ofOrder: .zero) == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `a run's card comes as it was signed`(way: Way) async throws {
    let run = Identifier<Run>(.zero)
    let card = SignedRunCard(
      RunCard(
        run: run, heldOut: [.zero], codeVersion: "v", seeds: 1, halfStop: 1,
        questions: [QueryVector(values: [])], halves: [HeldOutLosses(microNats: [7])],
        contributors: nil), by: .test(3))
    try await withInference(way, ScriptedInference(.init(card: card))) { client async throws in
      #expect(try await client.card(of: run) == card)
      let other = Identifier<Run>(try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))))
      #expect(try await client.card(of: other) == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `a blob comes by its digest`(way: Way) async throws {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let name = SHA256.digest(of: bytes)
    try await withInference(way, ScriptedInference(.init(blobs: [name: bytes]))) {
      client async throws in
      #expect(try await client.blob(name) == bytes)
      #expect(try await client.blob(.zero) == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `an answer stops when nobody wants it any more`(way: Way) async throws {
    let service = ScriptedInference(.init(hangs: true))
    try await withInference(way, service) { client async throws in
      let request = try PaidRequest.test(isStreaming: true)
      let begun = Signal()
      let reader = Task { try? await client.complete(request) { _ in begun.raise() } }
      await begun.wait()
      reader.cancel()
      await service.left.wait()
      #expect(await reader.value == nil)
    }
  }

  @Test(arguments: [false, true])
  func `a silent answer stops when its client hangs up`(isStreaming: Bool) async throws {
    let service = ScriptedInference(.init(pieces: [], hangs: true))
    try await withInference(.loopback, service) { client async throws in
      let request = try PaidRequest.test(isStreaming: isStreaming)
      let reader = Task { try? await client.complete(request) { _ in } }
      await service.asked.wait()
      reader.cancel()
      await service.left.wait()
    }
  }

  @Test func `a dishonest server is found out`() async throws {
    // Whatever is asked for, it has the wrong bytes, and answers another order.
    let other = ScriptedInference()
    let wrong = try #require(try PaidRequest.test().order)
    let honest = try NodeRoutes.test(other).handler
    try await serving { request in
      if request.path.hasPrefix("/v1/blobs") { return .text("not these") }
      if request.path.hasPrefix("/v1/receipts") {
        return HTTPResponse(
          body: .bytes(ReceiptEnvelope.open(.test(of: wrong)).canonicalBytes))
      }
      var replayed = request
      replayed.headers["Whence-Order"] = wrong.canonicalBytes.hex
      return await honest(replayed)
    } test: { base in
      let client = HTTPInferenceClient(base: base)
      let request = try PaidRequest.test()
      var order = try #require(request.order?.order)
      order.number = 9
      let paid = PaidRequest(
        body: request.body, order: order.signed(by: payer), salt: digest("salt"))
      for call in [
        { _ = try await client.blob(digest("these")) },
        { _ = try await client.receipt(ofOrder: digest("mine")) },
        { _ = try await client.complete(paid) { _ in } },
      ] as [() async throws -> Void] {
        let failure = await #expect(throws: InferenceFailure.self) { try await call() }
        #expect(failure?.code == .unreachable)
      }
    }
  }

  @Test func `an answer that breaks off is no answer`() async throws {
    try await serving { _ in
      .events { writer in
        try await writer.send(ServerSentEvent(data: #"{"choices":[{"delta":{"content":"a"}}]}"#))
      }
    } test: { base in
      let request = try PaidRequest.test(isStreaming: true)
      let failure = await #expect(throws: InferenceFailure.self) {
        try await HTTPInferenceClient(base: base).complete(request) { _ in }
      }
      #expect(failure?.code == .unreachable)
    }
  }
}
