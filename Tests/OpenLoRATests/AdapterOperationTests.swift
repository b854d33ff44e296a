import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Ledger
import Networking
import NodeHTTP
import Primitives
import RunKit
import Storage
import Testing
import TestKit

@testable import OpenLoRA

/// A server whose adapters an operator changes while it runs.
@Suite struct AdapterOperationTests {
  /// A server that serves nothing yet, with a store, and blobs of its own without the adapter's files.
  private struct Operated {
    let world: World
    let server: InferenceServer
    let store: AdapterStore
    let blobs: BlobStore
    let folder = TemporaryFolder()
    let files: LoRAAdapter.Files

    init(budget: Int = 1 << 20, holdsFiles: Bool = false) async throws {
      world = try await World()
      let run = world.run
      blobs = try run.blobs(at: "\(folder.path)/blobs")
      func bytes(_ digest: Digest) throws -> [UInt8] {
        try #require(try run.blobs.bytes(of: digest))
      }
      files = .init(
        weights: try bytes(run.manifest.adapter), settings: try bytes(run.manifest.adapterSettings))
      if !holdsFiles {
        try blobs.remove(run.manifest.adapter)
        try blobs.remove(run.manifest.adapterSettings)
      }
      store = try AdapterStore(
        folder: "\(folder.path)/adapters", model: run.engine.serving.model, budget: budget)
      server = try InferenceServer(
        engine: run.engine, ledger: world.ledger, blobs: blobs, folder: "\(folder.path)/server",
        key: host, account: host.account, adapters: [],
        loading: AdapterLoading(weights: run.baseWeights, store: store),
        clock: { BlockTime(milliseconds: 1_000_000) },
        batches: BatchPolicy(
          receiptMaximum: 8, interval: .milliseconds(20), patience: .milliseconds(20)),
        retryInterval: .milliseconds(10), report: world.troubles.add)
    }

    /// Puts files into a folder of their own, and an archive of it beside.
    func put(
      _ change: (inout LoRAAdapter.Files) -> Void = { _ in }
    ) throws -> (folder: String, archive: String) {
      var files = files
      change(&files)
      let path = "\(folder.path)/shipped-\(UInt64.random(in: 0 ... .max))"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(files.weights).write(to: URL(filePath: "\(path)/adapter_model.safetensors"))
      try Data(files.settings).write(to: URL(filePath: "\(path)/adapter_config.json"))
      let tar = Process()
      tar.executableURL = URL(filePath: "/usr/bin/env")
      tar.arguments = ["tar", "-czf", "\(path).tgz", "-C", path, "."]
      try tar.run()
      tar.waitUntilExit()
      return (path, "\(path).tgz")
    }

    func code(_ body: () async throws -> Void) async -> InferenceFailure.Code? {
      do {
        try await body()
        return nil
      } catch { return (error as? InferenceFailure)?.code }
    }
  }

  @Test func `an adapter comes in from a folder, an archive or a blob, answers, and leaves`()
    async throws
  {
    let operated = try await Operated()
    let (world, server) = (operated.world, operated.server)
    let paid = (1...5).map { world.paid(UInt64($0), tokens: 12) }
    let expected = try await world.server().complete(world.paid(9, tokens: 12)) { _ in }.text
    #expect(try await server.models().isEmpty)
    #expect(
      await operated.code { _ = try await server.complete(paid[0]) { _ in } } == .modelNotFound)
    // Without a path, the blob store should have the files.
    #expect(
      await operated.code { try await server.loadAdapter(.init(name: "tiny")) } == .adapterMissing)

    let shipped = try operated.put()
    let archive = try operated.blobs.put([UInt8](Data(contentsOf: URL(filePath: shipped.archive))))
    let id = world.adapter.id
    for (place, path) in [
      shipped.folder, shipped.archive, "\(archive)", "\(world.run.manifest.adapter)", nil,
    ].enumerated() {
      let name = place % 2 == 0 ? "tiny" : "\(id)"
      try await server.loadAdapter(.init(name: name, path: path, isPinned: place == 0))
      #expect(try await server.models().map(\.adapter) == [id])
      let answer = try await server.complete(paid[place]) { _ in }
      #expect(answer.text == expected)
      let figures = try #require(await server.adapterFigures())
      #expect(figures.entries.map(\.adapter) == [id] && figures.entries.map(\.tier) == [.mapped])
      #expect(figures.entries.map(\.isPinned) == [place == 0])
      #expect(figures.mappedBytes > 0 && figures.entries[0].residentBytes >= figures.mappedBytes)
      try await server.unloadAdapter(named: name)
      #expect(try await server.models().isEmpty)
      #expect(
        await operated.code { try await server.unloadAdapter(named: name) } == .adapterUnknown)
    }
    // All of it is paid for, though the adapter is served no more; then nothing is left of it.
    try await world.settling(server) {
      for paid in paid { _ = try await world.receipt(try #require(paid.order), from: server) }
    }
    #expect(world.troubles.all.isEmpty)
    try await eventually { operated.store.residency().isEmpty ? true : nil }
    #expect(operated.store.mappedBytes == 0)
  }

  @Test func `what the ledger does not commit to is not served, and nothing of it is kept`()
    async throws
  {
    let operated = try await Operated()
    let (world, server) = (operated.world, operated.server)
    let other = try operated.put { files in
      let text = String(decoding: files.settings, as: UTF8.self)
      files = .init(
        weights: files.weights,
        settings: Array(text.replacing("\"r\" : 4", with: "\"r\" : 4 ").utf8))
    }
    let dora = try operated.put { files in
      let text = String(decoding: files.settings, as: UTF8.self)
      files = .init(
        weights: files.weights,
        settings: Array(text.replacing("\"use_dora\" : false", with: "\"use_dora\" : true").utf8))
    }
    for (name, path, code, word): (String, String?, InferenceFailure.Code, String) in [
      ("nobody", nil, .adapterUnknown, "publish"),
      ("\(digest("other"))", nil, .adapterUnknown, "ledger"),
      ("tiny", other.folder, .adapterRefused, "adapter_differs"),
      ("tiny", other.archive, .adapterRefused, "the ledger commits to"),
      ("tiny", dora.folder, .adapterRefused, "use_dora"),
      ("tiny", "\(other.folder)/none", .adapterMissing, "nothing at"),
      ("tiny", "\(digest("no blob"))", .adapterMissing, "artifact_missing"),
    ] {
      do {
        try await server.loadAdapter(.init(name: name, path: path))
        Issue.record("\(name) \(path ?? "") was loaded")
      } catch {
        #expect(error.code == code && error.message.contains(word), "\(error)")
      }
    }
    #expect(!operated.blobs.contains(world.run.manifest.adapter))
    #expect(try await server.models().isEmpty && operated.store.residency().isEmpty)
    let shipped = try operated.put()
    try await server.loadAdapter(.init(name: "tiny", path: shipped.folder))
    #expect(
      await operated.code { try await server.loadAdapter(.init(name: "tiny")) } == .adapterLoaded)
    try await server.loadAdapter(.init(name: "tiny", replaces: true))
    #expect(try await server.models().count == 1)
    #expect(await server.pin(only: ["tiny", "nobody"]).isEmpty)
    #expect(await server.adapterFigures()?.entries.map(\.isPinned) == [true])
    #expect(await server.pin(only: []).isEmpty)
    #expect(await server.adapterFigures()?.entries.map(\.isPinned) == [false])
    _ = try await server.complete(world.paid(1)) { _ in }
    // Other artifacts of the run are needed as well.
    try await server.unloadAdapter(named: "tiny")
    try operated.blobs.remove(world.run.manifest.curvature)
    #expect(
      await operated.code { try await server.loadAdapter(.init(name: "tiny")) } == .adapterMissing)
  }

  @Test func `an operator does all that over HTTP, and a stranger nothing`() async throws {
    let operated = try await Operated()
    let server = operated.server
    let shipped = try operated.put()
    let routes = NodeRoutes(
      ledger: operated.world.ledger, inference: server, adapters: server,
      operatorKey: SHA256.digest(of: Array("s3cret".utf8)))
    let http = try HTTPServer(port: 0, handler: routes.handler)
    func post(_ path: String, _ body: String, key: String) async throws -> (Int, String) {
      let response = try await HTTPClient().send(
        .init(
          method: "POST", url: "http://127.0.0.1:\(http.port)/v1/\(path)_lora_adapter",
          headers: ["Authorization": "Bearer \(key)"], body: Array(body.utf8)))
      return (response.status, response.text)
    }
    let client = HTTPInferenceClient(base: "http://127.0.0.1:\(http.port)")
    let load = #"{"lora_name": "tiny", "lora_path": "\#(shipped.archive)"}"#
    #expect(try await post("load", load, key: "other").0 == 401)
    #expect(try await client.models().isEmpty)
    let loaded = try await post("load", load, key: "s3cret")
    #expect(loaded.0 == 200 && loaded.1.contains("'tiny' added successfully"))
    #expect(try await client.models().map(\.name) == ["tiny"])
    #expect(try await post("load", load, key: "s3cret").0 == 400)
    let unload = #"{"lora_name": "tiny"}"#
    #expect(try await post("unload", unload, key: "s3cret").0 == 200)
    #expect(try await post("unload", unload, key: "s3cret").0 == 404)
    #expect(try await client.models().isEmpty)
    await http.stop()
  }

  @Test func `an answer under way keeps its adapter when it is taken out`() async throws {
    let operated = try await Operated(holdsFiles: true)
    let (world, server) = (operated.world, operated.server)
    #expect(await server.reload([world.adapter.id, Identifier(digest("other"))]).count == 1)
    let whole = try await world.server().complete(world.paid(9, tokens: 40)) { _ in }.text
    let began = AsyncStream.makeStream(of: Void.self)
    async let answer = server.complete(world.paid(1, tokens: 40)) { _ in
      began.continuation.yield()
    }
    _ = await began.stream.first { _ in true }
    _ = await server.reload([])
    #expect(await server.served.isEmpty)
    #expect(
      await operated.code { _ = try await server.complete(world.paid(2)) { _ in } }
        == .modelNotFound)
    #expect(try await answer.text == whole)
    let order = try #require(world.paid(1, tokens: 40).order)
    let receipt = try await world.settling(server) { try await world.receipt(order, from: server) }
    try await world.verifier.checkArithmetic(of: receipt)
    try await eventually { operated.store.residency().isEmpty ? true : nil }
  }

  @Test func `what answers are traced by is read again when it was dropped`() async throws {
    let world = try await World()
    let shelf = TracingMaterialShelf(most: 1)
    func loaded() async throws -> ServedAdapter {
      try await ServedAdapter.load(
        world.adapter.id, from: world.ledger, blobs: world.run.blobs, engine: world.run.engine,
        weights: world.run.baseWeights, shelf: shelf)
    }
    let (first, second) = (try await loaded(), try await loaded())
    let server = try world.server(adapters: [first])
    try await world.settling(server) {
      for number in 1...3 as ClosedRange<UInt64> {
        // Drops the first one's.
        _ = try await second.index
        let paid = world.paid(number)
        _ = try await server.complete(paid) { _ in }
        let receipt = try await world.receipt(try #require(paid.order), from: server)
        try await world.verifier.checkArithmetic(of: receipt)
      }
    }
    #expect(world.troubles.all.isEmpty)
    await first.unload()
    await second.unload()
  }
}
