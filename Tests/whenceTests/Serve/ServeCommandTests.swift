import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import Networking
import NodeHTTP
import Primitives
import RunKit
import Testing

@testable import whence

/// `whence serve` in a process of its own.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ServeCommandTests {
  @Test func `a configuration is checked without serving, and each fault is a line`() async throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/serve.json"
    try Data(#"{"limts": {}, "drain_seconds": -1}"#.utf8).write(to: URL(filePath: file))
    let bad = try await BuiltProgram.run(["serve", "--config", file, "--check-config"])
    #expect(bad.status == 1)
    #expect(
      bad.output == """
        limts: there is no such member; did you mean limits?
        drain_seconds: takes a whole number from 0 to 3600, not -1

        """)
    let nowhere = try await BuiltProgram.run(["serve", "--config", "\(file).no", "--check-config"])
    #expect(nowhere.output == "\(file).no can't be read\n" && nowhere.status == 1)
    let refused = try await BuiltProgram.run(["serve", "--config", file])
    #expect(refused.complaint.hasPrefix("whence: configuration_invalid: ") && refused.status == 1)
    try Data("{}".utf8).write(to: URL(filePath: file))
    let good = try await BuiltProgram.run(["serve", "--config", file, "--check-config"])
    #expect(good.output == "\(file) is sound\n" && good.status == 0)
    let schema = try await BuiltProgram.run(["serve", "--print-schema"])
    #expect(schema.output == ServeConfiguration.schema.text(.indented) + "\n")
  }

  /// The time of a server to finish answers; nil for a node's own.
  @Test(arguments: [30, 1, nil])
  func `told to end, it finishes what it can, and the next process settles all that was told`(
    seconds: Int?
  ) async throws {
    let folder = try await ServeFolder()
    // One answer at a time, so that many wait when the signal comes.
    try folder.configure(
      #""limits": {"rows": 1, "threads": 1}, "drain_seconds": \#(seconds ?? 30)"#)
    let server = try seconds == nil ? folder.startNode() : folder.start()
    let client = HTTPInferenceClient(base: try await server.base())
    let (firsts, first) = AsyncStream.makeStream(of: Void.self)
    let paid = try (1...24).map { try folder.paid($0, tokens: 150, isStreaming: true) }
    let asked = paid.map { request in
      Task { () -> Result<ChatCompletion, InferenceFailure> in
        do throws(InferenceFailure) {
          return .success(try await client.complete(request) { _ in first.finish() })
        } catch {
          return .failure(error)
        }
      }
    }
    for await _ in firsts {}
    server.send(SIGTERM)
    var orders: (answered: [Digest: UInt32], refused: Set<Digest>) = ([:], [])
    for (request, task) in zip(paid, asked) {
      let order = try #require(request.order).order.signedDigest
      switch await task.value {
      case .success(let completion):
        #expect(completion.tokensOut > 0)
        orders.answered[order] = completion.tokensOut
      case .failure(let failure):
        // Requests reach the server in any order: a lower number behind a higher one is used.
        let codes: [InferenceFailure.Code] = [
          .unavailable, .overloaded, .orderUsed, .unreachable,
        ]
        #expect(codes.contains(failure.code), "\(failure)")
        // Whoever is refused has heard nothing before.
        #expect(!failure.message.contains("broke off"), "\(failure)")
        orders.refused.insert(order)
      }
    }
    #expect(!orders.answered.isEmpty)
    #expect(await server.end() == 0, "\(server.words)")
    #expect(server.words.contains("ending: answers under way have \(seconds ?? 5) s\n"))
    if let seconds, seconds > 1 {
      #expect(server.words.contains("stopped\n") && !server.words.contains("cut off"))
    }

    let next = try folder.start()
    let later = HTTPInferenceClient(base: try await next.base())
    for (order, tokens) in orders.answered {
      let envelope = try await eventually { try await later.receipt(ofOrder: order) }
      #expect(envelope.receipt(openedBy: [payer])?.receipt.tokensOut == tokens)
    }
    for order in orders.refused { #expect(try await later.receipt(ofOrder: order) == nil) }
    next.send(SIGTERM)
    #expect(await next.end() == 0)
  }

  @Test func `a folder without a chain gets one, and whoever mistyped its name is told`()
    async throws
  {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/serve.json"
    try Data(#"{"listen": {"port": 0}, "data": "\#(folder.path)/new"}"#.utf8)
      .write(to: URL(filePath: file))
    for isNew in [true, false] {
      let server = try RunningServer(
        ["serve", "--config", file], environment: BuiltProgram.environment(in: folder.path))
      _ = try await server.base()
      #expect(server.words.contains("/new had no chain: a new one begins") == isNew)
      server.send(SIGTERM)
      #expect(await server.end() == 0, "\(server.words)")
    }
  }

  @Test func `a second signal ends it at once`() async throws {
    let folder = try await ServeFolder()
    // After a first block, the one that settles an answer is a minute away.
    try folder.configure(blockMilliseconds: 60_000)
    let server = try folder.start()
    let base = try await server.base()
    try await HTTPLedgerClient(base: base).succeed(
      .transfer(Transfer(to: host.account, amount: .zero, memo: "")), by: payer)
    _ = try await HTTPInferenceClient(base: base).complete(folder.paid(1)) { _ in }
    server.send(SIGTERM)
    try await server.says("ending: answers under way have 30 s")
    server.send(SIGTERM)
    #expect(await server.end() == -SIGTERM, "\(server.words)")
  }

  @Test func `what is not settled before its time is over is settled by the next process`()
    async throws
  {
    let folder = try await ServeFolder()
    try folder.configure(#""drain_seconds": 1"#, blockMilliseconds: 60_000)
    let server = try folder.start()
    let base = try await server.base()
    try await HTTPLedgerClient(base: base).succeed(
      .transfer(Transfer(to: host.account, amount: .zero, memo: "")), by: payer)
    let order = try await HTTPInferenceClient(base: base).complete(folder.paid(1)) { _ in }.order
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
    #expect(server.words.contains("1 answer(s) are settled by the next process"), "\(server.words)")

    try folder.configure()
    let next = try folder.start()
    let later = HTTPInferenceClient(base: try await next.base())
    _ = try await eventually { try await later.receipt(ofOrder: order) }
    next.send(SIGTERM)
    #expect(await next.end() == 0)
  }

  @Test func `it reads its file again, and keeps what it has if the file is bad`() async throws {
    let folder = try await ServeFolder()
    try folder.configure(#""limits": {"open_answers": 2}"#)
    let server = try folder.start()
    let client = HTTPInferenceClient(base: try await server.base())
    try Data(#"{"limits": {"open_answer": 3}}"#.utf8)
      .write(to: URL(filePath: folder.configurationFile))
    server.send(SIGHUP)
    try await server.says("is refused, and nothing has changed: configuration_invalid: ")
    try await server.says("limits.open_answer: there is no such member; did you mean open_answers?")
    try folder.configure(#""limits": {"open_answers": 2, "rows": 3}"#)
    server.send(SIGHUP)
    try await server.says("limits.rows: can't change while the server runs; restart it")
    _ = try await client.complete(folder.paid(1)) { _ in }

    try folder.configure(#""limits": {"open_answers": 1}, "drain_seconds": 7"#)
    server.send(SIGHUP)
    try await server.says("serve.json is in force")
    // Unless the first was settled meanwhile, a second is one too many.
    let second = try folder.paid(2)
    do throws(InferenceFailure) {
      _ = try await client.complete(second) { _ in }
    } catch {
      #expect(error.code == .overloaded)
    }
    server.send(SIGTERM)
    #expect(await server.end() == 0)
    #expect(server.words.contains("ending: answers under way have 7 s"))
  }

  @Test func `adapters come and go with the file, while the server runs`() async throws {
    let folder = try await ServeFolder()
    try folder.configure(#""adapters": {"served": ["tiny"]}"#)
    let server = try folder.start()
    let client = HTTPInferenceClient(base: try await server.base())
    #expect(try await client.models().map(\.adapter) == [folder.adapter])
    try folder.configure()
    server.send(SIGHUP)
    _ = try await eventually { try await client.models().count == 2 ? true : nil }
    let first = try await client.complete(folder.paid(1)) { _ in }

    try folder.configure(#""adapters": {"served": ["\#(folder.other)"]}"#)
    server.send(SIGHUP)
    _ = try await eventually {
      try await client.models().map(\.adapter) == [folder.other] ? true : nil
    }
    let second = try folder.paid(2)
    do throws(InferenceFailure) {
      _ = try await client.complete(second) { _ in }
      Issue.record("an adapter that is not offered answered")
    } catch {
      #expect(error.code == .modelNotFound)
    }
    // A slip takes nobody out of service.
    try folder.configure(#""adapters": {"served": ["tinny"]}"#)
    server.send(SIGHUP)
    try await server.says(
      "nothing has changed: configuration_invalid: \(folder.configurationFile): adapters.served: "
        + "the chain has no adapter tinny; it has other, tiny: nothing would be served\n")
    #expect(try await client.models().map(\.adapter) == [folder.other])
    // What it answered before is settled all the same.
    _ = try await eventually { try await client.receipt(ofOrder: first.order) }
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
  }

  @Test func `adapters come to a server that began without any`() async throws {
    let folder = try await ServeFolder()
    try folder.configure(#""adapters": {"served": ["nobody"]}"#)
    let server = try folder.start()
    let client = HTTPInferenceClient(base: try await server.base())
    #expect(try await client.models() == [])
    #expect(server.words.contains("answers with nothing"))
    try folder.configure()
    server.send(SIGHUP)
    _ = try await eventually { try await client.models().count == 2 ? true : nil }
    let first = try await client.complete(folder.paid(1)) { _ in }
    _ = try await eventually { try await client.receipt(ofOrder: first.order) }
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
  }

  @Test func `it says what its file names and the chain lacks, and that it can't settle`()
    async throws
  {
    let folder = try await ServeFolder()
    try folder.configure(#""adapters": {"served": ["tiny", "nobody"]}"#)
    let balance = try await folder.onChain { node in
      let all = try await node.balance(of: .account(host.account))
      try await node.succeed(
        .transfer(Transfer(to: payer.account, amount: all, memo: "")), by: host)
      return try await node.balance(of: .account(host.account))
    }
    #expect(balance == .zero)
    let server = try folder.start()
    let base = try await server.base()
    #expect(try await HTTPInferenceClient(base: base).models().map(\.name) == ["tiny"])
    #expect(server.words.contains("the chain has no adapter nobody; it has other, tiny\n"))
    #expect(
      server.words.contains(
        "the server's account \(host.account) has nothing to settle answers with"))
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
  }

  @Test func `what an operator loads and unloads is in its log, and what was not`() async throws {
    let folder = try await ServeFolder()
    let key = "an operator's key"
    try folder.configure(
      #""operator": {"key_digest": "\#(SHA256.digest(of: Array(key.utf8)))"}"#)
    let server = try folder.start()
    let base = try await server.base()
    let client = HTTPClient()
    func post(_ path: String) async throws -> Int {
      try await client.send(
        .init(
          method: "POST", url: "\(base)/v1/\(path)_lora_adapter",
          headers: ["Authorization": "Bearer \(key)"],
          body: Array(#"{"lora_name": "other", "pinned": true}"#.utf8))
      ).status
    }
    #expect(try await post("unload") == 200)
    #expect(try await post("unload") == 404)
    #expect(try await post("load") == 200)
    try await server.says("whence: adapter other is unloaded\n")
    try await server.says("whence: adapter other is not unloaded: adapter_unknown: ")
    try await server.says("whence: adapter other is loaded and pinned\n")
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
  }

  @Test func `it serves beside a node elsewhere, whose artifacts it fetches`() async throws {
    let folder = try await ServeFolder()
    let node = try NodeProcess(program: BuiltProgram.path, data: folder.path)
    defer { node.send(SIGKILL) }
    let ledger = try await node.announcement().base
    // A folder with the server's key and nothing else.
    let data = try DataFolder(at: "\(folder.folder.path)/elsewhere")
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/keys/server", toPath: "\(data.path)/keys/server")
    try Data(
      """
      {"listen": {"port": 0}, "data": "\(data.path)", "node": {"url": "\(ledger)"},
       "model": "\(BuiltProgram.model(in: folder.folder.path))", "adapters": {"served": ["tiny"]}}
      """.utf8
    ).write(to: URL(filePath: folder.configurationFile))
    let server = try folder.start()
    let base = try await server.base()
    let client = HTTPInferenceClient(base: base)
    #expect(try await client.models().map(\.adapter) == [folder.adapter])
    let completion = try await client.complete(folder.paid(1)) { _ in }
    let envelope = try await eventually { try await client.receipt(ofOrder: completion.order) }
    #expect(envelope.receipt(openedBy: [payer])?.receipt.tokensOut == completion.tokensOut)
    // The ledger's routes answer here too.
    #expect(try await HTTPLedgerClient(base: base).status().chain.id == folder.genesis.chain)
    server.send(SIGTERM)
    #expect(await server.end() == 0, "\(server.words)")
  }
}
