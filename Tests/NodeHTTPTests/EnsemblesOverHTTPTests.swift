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

/// An order for each adapter of an ensemble, on every way from client to server.
@Suite(.timeLimit(.minutes(10))) struct EnsemblesOverHTTPTests {
  /// As many adapters as may answer together.
  private static let listings = (0..<8).map {
    ModelListing(
      adapter: Identifier(digest("adapter \($0)")), name: "m\($0)", baseModel: "SmolLM2",
      server: host.account, rateIn: Amount(baseUnits: 1000), rateOut: Amount(baseUnits: 3000))
  }

  private static let name = (0..<8).map { "\($0 + 1)*m\($0)" }.joined(separator: "+")

  private static func service() -> ScriptedInference {
    ScriptedInference(.init(listings: listings))
  }

  private static func body(isStreaming: Bool) -> [UInt8] {
    ChatRequest(
      model: name, messages: [.init(role: .user, content: "hi")], isStreaming: isStreaming
    ).body
  }

  private func checkOrders(_ paid: PaidRequest) throws {
    let choice = try ModelChoice(of: Self.name, among: Self.listings)
    #expect(paid.orders.map(\.order.adapter) == choice.adapters)
    #expect(paid.orders.allSatisfy { $0.order.ensemble == choice.ensemble })
    #expect(paid.orders.allSatisfy { $0.isSigned(by: payer.publicKey) })
    let numbers = paid.orders.map(\.order.number)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    let salt = try #require(paid.salt)
    #expect(paid.orders.allSatisfy { $0.order.isFor(paid.body, salt: salt) })
  }

  @Test(arguments: [false, true])
  func `eight orders go with a request, and their receipts come with its answer`(
    isStreaming: Bool
  ) async throws {
    let service = Self.service()
    let body = Self.body(isStreaming: isStreaming)
    let orders = try PayerSigner.test.orders(
      for: body, choice: ModelChoice(of: Self.name, among: Self.listings),
      numbers: Array(1...8), salt: digest("salt"), expiry: BlockTime(milliseconds: 2_000_000))
    let paid = PaidRequest(body: body, orders: orders, salt: digest("salt"))
    try await serving(try NodeRoutes.test(service).handler) { base in
      let completion = try await HTTPInferenceClient(base: base).complete(paid) { _ in }
      #expect(completion.orders == orders.map(\.order.signedDigest))
      #expect(service.requests == [paid])
    }
  }

  @Test(arguments: [false, true])
  func `the proxy signs for each adapter, within its limit for all of them`(
    isStreaming: Bool
  ) async throws {
    let service = Self.service()
    for (limit, status) in [(UInt128(1_000_000), 200), (10, 402)] {
      try await PayerProxyTests().withProxy(service, feeLimit: limit) { base async throws in
        let response = try await HTTPClient().send(
          .init(
            method: "POST", url: base + "/v1/chat/completions",
            body: Self.body(isStreaming: isStreaming)))
        #expect(response.status == status, "\(response.text)")
        guard status == 200 else { return }
        let paid = try #require(service.requests.last)
        try checkOrders(paid)
        let receipts = paid.orders.map(\.order.signedDigest.description)
        #expect(response.headers["Whence-Receipt"] == receipts.joined(separator: ","))
        #expect(receipts.allSatisfy { response.text.contains($0) })
      }
    }
    #expect(service.requests.count == 1)
  }

  @Test(arguments: ChatDialect.allCases)
  func `a key pays for ensembles in every dialect`(dialect: ChatDialect) async throws {
    let service = Self.service()
    let tests = APIKeyTests()
    try await tests.withNode(APIKeyTests.Books([APIKeyTests.key("a")]), service) {
      base async throws in
      let text = String(
        decoding: DialectsOverHTTPTests.body(dialect, isStreaming: false), as: UTF8.self)
      let body = text.replacing("team/terms", with: Self.name)
      #expect(body != text)
      let response = try await HTTPClient().send(
        .init(
          method: "POST", url: base + dialect.path, headers: ["x-api-key": "secret of a"],
          body: Array(body.utf8)))
      #expect(response.status == 200, "\(response.text)")
      try checkOrders(try #require(service.requests.last))
    }
  }

  @Test func `a header of orders that can't be read, or of too many, is refused`() async throws {
    let service = Self.service()
    let one = try PaidRequest.test()
    let order = try #require(one.order).canonicalBytes.hex
    try await serving(try NodeRoutes.test(service).handler) { base in
      for header in [
        order + ",", "," + order, order + ",zz",
        Array(repeating: order, count: 9).joined(separator: ","),
      ] {
        let response = try await HTTPClient().send(
          .init(
            method: "POST", url: base + "/v1/chat/completions",
            headers: ["Whence-Order": header, "Whence-Salt": digest("salt").description],
            body: one.body))
        #expect(response.status == 400 && response.text.contains("order_invalid"))
      }
    }
    #expect(service.requests.isEmpty)
  }
}
