import CanonicalCoding
import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import NodeHTTP
import Primitives
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct PayerProxyTests {
  struct NoNumber: Error {}

  /// Runs the test with the address of a proxy before a node that serves `service`.
  func withProxy(
    _ service: ScriptedInference, feeLimit: UInt128 = 1_000_000, firstNumber: UInt64? = 1,
    test: (String) async throws -> Void
  ) async throws {
    let numbers = Mutex(firstNumber)
    let sources = PayerProxy.Sources(
      nextNumber: {
        guard
          let number = numbers.withLock({ number in
            defer { number = number.map { $0 + 1 } }
            return number
          })
        else { throw NoNumber() }
        return number
      }, clock: { BlockTime(milliseconds: 5_000_000) })
    try await serving(try NodeRoutes.test(service).handler) { upstream in
      let proxy = PayerProxy(
        server: upstream, signer: .test, feeLimit: Amount(baseUnits: feeLimit),
        orderMilliseconds: 1000, sources: sources)
      try await serving(proxy.handler) { base in try await test(base) }
    }
  }

  func chat(
    _ base: String, _ body: String, headers: HTTPHeaders = [:]
  ) async throws -> HTTPClient.Response {
    try await HTTPClient().send(
      .init(
        method: "POST", url: base + "/v1/chat/completions", headers: headers,
        body: Array(body.utf8)))
  }

  /// Spaced as no encoder of ours would write it.
  let body = #"{ "messages":[{"content":"hi","role":"user"}],"model":"team/terms", "user":"x"}"#

  @Test func `a prompt is counted through it, and costs nothing`() async throws {
    let service = ScriptedInference()
    try await withProxy(service, feeLimit: 0, firstNumber: nil) { base async throws in
      let answer = try await HTTPClient().send(
        .init(
          method: "POST", url: base + "/v1/messages/count_tokens?beta=true",
          body: Array(#"{"model":"m","messages":[{"role":"user","content":"abc"}]}"#.utf8)))
      #expect(answer.status == 200 && answer.text == #"{"input_tokens":3}"#, "\(answer.text)")
    }
    #expect(service.requests.isEmpty)
  }

  @Test func `a body is forwarded byte for byte with an order for it`() async throws {
    let service = ScriptedInference()
    try await withProxy(service) { base async throws in
      for number in UInt64(1)...2 {
        let response = try await chat(base, body)
        #expect(response.status == 200 && response.text.contains("Whence –"))
        let paid = try #require(service.requests.last)
        #expect(paid.body == Array(body.utf8))
        let order = try #require(paid.order)
        #expect(order.isSigned(by: payer.publicKey))
        #expect(order.order.number == number)
        #expect(order.order.isFor(Array(body.utf8), salt: try #require(paid.salt)))
        #expect(order.order.rateIn == ModelListing.test.rateIn)
        #expect(order.order.expiry == BlockTime(milliseconds: 5_001_000))
        #expect(response.headers["Whence-Receipt"] == order.order.signedDigest.description)
      }
      #expect(Set(service.requests.compactMap { $0.order?.order.nonce }).count == 2)
    }
  }

  @Test func `a stream comes through as it is`() async throws {
    let service = ScriptedInference()
    try await withProxy(service) { base async throws in
      let response = try await chat(base, body.replacing("{ ", with: #"{"stream":true,"#))
      #expect(response.headers["Content-Type"] == "text/event-stream")
      let order = try #require(service.requests.last?.order?.order.signedDigest)
      #expect(response.headers["Whence-Receipt"] == order.description)
      #expect(response.text.hasSuffix("data: [DONE]\n\n"))
      #expect(response.text.split(separator: "data: ").count == 7)
    }
  }

  @Test func `an answer stops when the client behind the proxy hangs up`() async throws {
    let service = ScriptedInference(.init(hangs: true))
    try await withProxy(service) { base async throws in
      _ = try await HTTPClient().send(
        .init(
          method: "POST", url: base + "/v1/chat/completions",
          body: Array(body.replacing("{ ", with: #"{"stream":true,"#).utf8))
      ) { _ in .stop }
      await service.left.wait()
    }
  }

  @Test(arguments: [false, true])
  func `a refusal of the server comes through as it is`(isStreaming: Bool) async throws {
    let service = ScriptedInference()
    try await withProxy(service) { base async throws in
      _ = try await chat(base, body)  // now the price is known
      service.rewrite { $0.failure = InferenceFailure(.overloaded, "later") }
      let response = try await chat(
        base, isStreaming ? body.replacing("{ ", with: #"{"stream":true,"#) : body)
      #expect(response.status == 429 && response.headers["Retry-After"] == "1")
      #expect(response.text.contains(#""code":"overloaded""#))
    }
  }

  @Test(arguments: [false, true])
  func `an order that another one overtook is signed again`(isStreaming: Bool) async throws {
    let service = ScriptedInference(.init(lowestNumber: 4))
    let body = isStreaming ? body.dropLast() + #","stream":true}"# : body
    try await withProxy(service) { base async throws in
      let response = try await chat(base, body)
      #expect(response.status == 200)
      #expect(service.requests.compactMap { $0.order?.order.number } == [1, 2, 3, 4])
    }
  }

  @Test func `an old price is forgotten once the server refuses it`() async throws {
    let service = ScriptedInference()
    try await withProxy(service) { base async throws in
      _ = try await chat(base, body)
      service.rewrite {
        $0.listings[0].rateIn = Amount(baseUnits: 2000)
        $0.failure = InferenceFailure(.orderInvalid, "the price has changed")
      }
      #expect(try await chat(base, body).status == 400)
      service.rewrite { $0.failure = nil }
      #expect(try await chat(base, body).status == 200)
      #expect(service.requests.last?.order?.order.rateIn == Amount(baseUnits: 2000))
    }
  }

  @Test func `the proxy spends no more than it may, and nothing for web pages`() async throws {
    let service = ScriptedInference()
    try await withProxy(service, feeLimit: 100) { base async throws in
      let dear = try await chat(base, body)
      #expect(dear.status == 402 && dear.text.contains(#""code":"fee_above_limit""#))
      let page = try await chat(base, body, headers: ["Origin": "https://example.org"])
      #expect(page.status == 403 && page.text.contains(#""code":"origin_not_allowed""#))
    }
    #expect(service.requests.isEmpty)
  }

  @Test func `without a number nothing is signed`() async throws {
    let service = ScriptedInference()
    try await withProxy(service, firstNumber: nil) { base async throws in
      #expect(try await chat(base, body).status == 503)
    }
    #expect(service.requests.isEmpty)
  }

  @Test func `models and receipts are passed on`() async throws {
    let order = try #require(try PaidRequest.test().order)
    let service = ScriptedInference(.init(receipt: .open(.test(of: order))))
    try await withProxy(service) { base async throws in
      let client = HTTPInferenceClient(base: base)
      #expect(try await client.models() == [.test])
      #expect(
        try await client.receipt(ofOrder: order.order.signedDigest) == .open(.test(of: order)))
      let one = try await HTTPClient().send(.init(url: base + "/v1/models/team%2Fterms"))
      #expect(one.status == 200)
    }
  }

  @Test(arguments: [payer, friend])
  func `the payer's own receipts come opened, others' as they are`(recipient: SigningKey)
    async throws
  {
    let order = try #require(try PaidRequest.test().order)
    let sealed = SealedReceipt(.test(of: order), for: [recipient.publicKey]) { digest("entropy") }
    let service = ScriptedInference(.init(receipt: .sealed(sealed)))
    try await withProxy(service) { base async throws in
      let received = try await HTTPInferenceClient(base: base)
        .receipt(ofOrder: order.order.signedDigest)
      let isOwn = recipient.publicKey == payer.publicKey
      #expect(received == (isOwn ? .open(.test(of: order)) : .sealed(sealed)))
    }
  }

  @Test func `a server that can't be reached is unreachable`() async throws {
    let proxy = PayerProxy(
      server: "http://127.0.0.1:1", signer: .test, feeLimit: .zero,
      sources: .init(nextNumber: { 1 }))
    try await serving(proxy.handler) { base async throws in
      let response = try await chat(base, body)
      #expect(response.status == 502 && response.text.contains(#""code":"unreachable""#))
    }
  }
}
