import ClientAPI
import Cryptography
import JSONCoding
import Ledger
import Networking
import Primitives
import Synchronization
import TestKit
import Testing

@testable import NodeHTTP

@Suite(.timeLimit(.minutes(10))) struct APIKeyTests {
  static let now = BlockTime(milliseconds: 5 * 86_400_000 + 1)

  /// What a node would keep on disk.
  final class Books: Sendable {
    let keys: Mutex<[APIKey]>
    let spent = Mutex<[String: Amount]>([:])
    let number = Mutex<UInt64>(0)
    /// What the signer, the numbers and the books fail with.
    let failures = Mutex<(signer: InferenceFailure?, number: Disk?, store: Disk?)>((nil, nil, nil))

    struct Disk: Error {}

    init(_ keys: [APIKey]) { self.keys = Mutex(keys) }

    var signing: KeySigning {
      KeySigning(
        keys: { self.keys.withLock { $0 } },
        signer: { _ in
          if let failure = self.failures.withLock({ $0.signer }) { throw failure }
          return .test
        },
        nextNumber: { _ in
          if let failure = self.failures.withLock({ $0.number }) { throw failure }
          return self.number.withLock { number in
            number += 1
            return number
          }
        },
        spent: { name, day in self.spent.withLock { $0["\(name) \(day)"] } },
        store: { name, day, spent in
          if let failure = self.failures.withLock({ $0.store }) { throw failure }
          self.spent.withLock { $0["\(name) \(day)"] = spent }
        },
        clock: { APIKeyTests.now })
    }
  }

  static func key(
    _ name: String, answer: UInt128 = 1 << 110, day: UInt128 = 1 << 120, priority: Int = 0
  ) -> APIKey {
    APIKey(
      name: name, digest: APIKey.digest(of: "secret of \(name)"),
      channel: PayerSigner.test.channel, answerLimit: Amount(baseUnits: answer),
      dayLimit: Amount(baseUnits: day), priority: priority)
  }

  func withNode(
    _ books: Books, _ service: ScriptedInference = ScriptedInference(),
    test: (String) async throws -> Void
  ) async throws {
    let routes = NodeRoutes(
      ledger: try MemoryLedger(.test), inference: service, keys: books.signing)
    try await serving(routes.handler, test: test)
  }

  func ask(
    _ base: String, _ headers: HTTPHeaders, _ dialect: ChatDialect = .chat,
    isStreaming: Bool = false
  ) async throws -> HTTPClient.Response {
    try await HTTPClient().send(
      .init(
        method: "POST", url: base + dialect.path, headers: headers,
        body: DialectsOverHTTPTests.body(dialect, isStreaming: isStreaming)))
  }

  @Test(arguments: ChatDialect.allCases, [false, true])
  func `a client with a key is answered, and the answer says who signed`(
    dialect: ChatDialect, isStreaming: Bool
  ) async throws {
    let service = ScriptedInference()
    try await withNode(Books([Self.key("a"), Self.key("b", priority: 3)]), service) {
      base async throws in
      let headers: HTTPHeaders =
        dialect == .message
        ? ["x-api-key": "secret of b"] : ["Authorization": "Bearer secret of b"]
      let response = try await ask(base, headers, dialect, isStreaming: isStreaming)
      #expect(response.status == 200 && response.text.contains(#""signed_by":"server""#))
      let paid = try #require(service.requests.last)
      let order = try #require(paid.order)
      #expect(order.isSigned(by: payer.publicKey) && paid.priority == 3)
      #expect(response.headers["Whence-Receipt"] == order.order.signedDigest.description)
      #expect(order.order.isFor(paid.body, salt: try #require(paid.salt)))
    }
  }

  @Test(
    arguments: [
      (["Authorization": "Bearer secret of c"], 401, "key_unknown"),
      (["Authorization": "Bearer "], 402, "payment_required"),
      (["Authorization": "Basic secret of a"], 402, "payment_required"),
      ([:], 402, "payment_required"),
      (["x-api-key": "Secret of a"], 401, "key_unknown"),
    ] as [(HTTPHeaders, Int, String)])
  func `whoever has no key that is known is refused`(
    headers: HTTPHeaders, status: Int, code: String
  ) async throws {
    let service = ScriptedInference()
    try await withNode(Books([Self.key("a")]), service) { base async throws in
      let response = try await ask(base, headers)
      #expect(response.status == status)
      #expect(try JSON(parsing: response.body)["error"]?["code"] == .string(code))
    }
    #expect(service.requests.isEmpty)
  }

  @Test func `a key that was removed is refused from then on`() async throws {
    let books = Books([Self.key("a")])
    try await withNode(books) { base async throws in
      let headers: HTTPHeaders = ["Authorization": "Bearer secret of a"]
      #expect(try await ask(base, headers).status == 200)
      books.keys.withLock { $0 = [] }
      #expect(try await ask(base, headers).status == 401)
    }
  }

  @Test func `no answer may cost more than the key's limit`() async throws {
    try await withNode(Books([Self.key("a", answer: 10)])) { base async throws in
      let response = try await ask(base, ["Authorization": "Bearer secret of a"])
      #expect(response.status == 402 && response.text.contains("fee_above_limit"))
    }
  }

  /// A key that may spend as much a day as so many answers can cost.
  static func key(forAnswers count: UInt128, isStreaming: Bool) throws -> (APIKey, one: Amount) {
    let maximum = try PayerSigner.test.order(
      for: DialectsOverHTTPTests.body(.chat, isStreaming: isStreaming), model: .test, number: 1,
      salt: .zero, expiry: now
    ).order.maximumFee
    return (key("a", day: maximum.baseUnits * count), maximum)
  }

  static let headers: HTTPHeaders = ["Authorization": "Bearer secret of a"]

  @Test(arguments: [false, true])
  func `a day's answers cost no more than the key's limit`(isStreaming: Bool) async throws {
    // What the service charges is more than any maximum here, so nothing is given back.
    let (key, one) = try Self.key(forAnswers: 2, isStreaming: isStreaming)
    let books = Books([key])
    try await withNode(books) { base async throws in
      for _ in 0..<2 {
        #expect(try await ask(base, Self.headers, isStreaming: isStreaming).status == 200)
      }
      let third = try await ask(base, Self.headers, isStreaming: isStreaming)
      #expect(third.status == 402 && third.text.contains("key_limit_reached"))
    }
    #expect(books.spent.withLock { $0["a 5"] } == Amount(baseUnits: one.baseUnits * 2))
    // Another process goes on where this one ended.
    try await withNode(books) { base async throws in
      #expect(try await ask(base, Self.headers, isStreaming: isStreaming).status == 402)
    }
  }

  @Test(arguments: [false, true])
  func `an answer that is not given costs nothing`(isStreaming: Bool) async throws {
    let (key, _) = try Self.key(forAnswers: 1, isStreaming: isStreaming)
    let books = Books([key])
    let service = ScriptedInference(
      .init(failure: InferenceFailure(.unavailable, "no"), listsModels: true))
    try await withNode(books, service) { base async throws in
      for _ in 0..<3 {
        #expect(try await ask(base, Self.headers, isStreaming: isStreaming).status == 503)
      }
    }
    #expect(books.spent.withLock { $0["a 5"] } == .zero)
  }

  @Test(arguments: [false, true])
  func `a key whose orders can't be signed is refused, and the node goes on`(
    isStreaming: Bool
  ) async throws {
    let books = Books([Self.key("a")])
    let service = ScriptedInference()
    try await withNode(books, service) { base async throws in
      func refusal() async throws -> (status: Int, code: JSON?) {
        let response = try await ask(base, Self.headers, isStreaming: isStreaming)
        return (response.status, try JSON(parsing: response.body)["error"]?["code"])
      }
      books.failures.withLock { $0.signer = InferenceFailure(.channelNotOpen, "closed") }
      #expect(try await refusal() == (402, "channel_not_open"))
      books.failures.withLock { $0 = (nil, Books.Disk(), nil) }
      #expect(try await refusal() == (503, "unavailable"))
      books.failures.withLock { $0 = (nil, nil, Books.Disk()) }
      #expect(try await refusal() == (503, "unavailable"))
      #expect(service.requests.isEmpty)
      books.failures.withLock { $0 = (nil, nil, nil) }
      #expect(try await ask(base, Self.headers, isStreaming: isStreaming).status == 200)
    }
  }

  @Test func `an order that another overtook is signed again`() async throws {
    let service = ScriptedInference(.init(lowestNumber: 4))
    try await withNode(Books([Self.key("a")]), service) { base async throws in
      let response = try await ask(base, ["Authorization": "Bearer secret of a"])
      #expect(response.status == 200)
      #expect(service.requests.compactMap { $0.order?.order.number } == [1, 2, 3, 4])
    }
  }

  @Test func `an order that comes with the request is the payer's own`() async throws {
    let service = ScriptedInference()
    try await withNode(Books([Self.key("a")]), service) { base async throws in
      var message = try PaidRequest.test().message
      message.headers["Authorization"] = "Bearer whatever"
      let response = try await HTTPClient().send(
        .init(
          method: "POST", url: base + message.path, headers: message.headers, body: message.body))
      #expect(response.status == 200 && !response.text.contains("signed_by"))
    }
  }
}
