import ClientAPI
import Foundation
import Ledger
import LanguageModels
import Networking
import Node
import NodeHTTP
import OpenLoRA
import Primitives
import Storage
import Synchronization

/// `whence serve`: what a configuration says, until SIGTERM ends it.
///
/// SIGHUP has the file read again.
final class ServeProcess: Sendable {
  private let file: String
  /// What is in force.
  private let current: Mutex<ServeConfiguration>
  private let start: ServeConfiguration

  init(configuration: ServeConfiguration, file: String) {
    self.file = file
    start = configuration
    current = Mutex(configuration)
  }

  func run() async throws {
    StopSignal.listen()
    ReloadSignal.listen()
    switch start.place {
    case .embedded(let interval, let keptHeights, let snapshots):
      try await runEmbedded(interval, keptHeights, snapshots)
    case .elsewhere(let url): try await run(besideNodeAt: url)
    }
    print("stopped")
  }

  // MARK: - Beside a node

  private func runEmbedded(
    _ interval: Duration, _ keptHeights: UInt64, _ snapshots: UInt64
  ) async throws {
    let data = try DataFolder(forNode: start.data)
    // Before anything is made: whoever holds the store is the folder's only node.
    let store = try data.openStore()
    defer { store.close() }
    let genesis = try data.genesisMakingIfNeeded(store: store)
    let ledger = try LedgerNode(
      store: store, genesis: genesis, blockInterval: interval, keptHeights: keptHeights)
    let inference = try await openInference(data, on: ledger, waitsForAdapters: true)
    let service = NodeService(
      ledger: ledger, inference: inference, blobs: data.blobs,
      history: try ledger.hasWholeChain ? try data.openHistory() : nil,
      snapshots: snapshots == 0
        ? nil : SnapshotKeeper(of: ledger, at: data.snapshotFolder, interval: snapshots),
      host: start.host, encoder: inference == nil ? nil : try SentenceService.open(),
      keys: try await DelegatedChannels.signing(of: data, on: ledger, for: inference),
      port: start.port, limits: start.httpLimits, takesOpenings: start.takesChannelOpenings,
      operatorKey: start.operatorKey, drainLimit: { self.drainLimit })
    try await service.run { base in try await self.serve(at: base, inference, ledger) }
  }

  private func run(besideNodeAt url: String) async throws {
    let data = try DataFolder(existing: start.data)
    let ledger = HTTPLedgerClient(base: url)
    _ = try await ledger.status()
    try await fetchArtifacts(into: data, from: url, ledger, wanted: start)
    let inference = try await openInference(data, on: ledger)
    guard let inference else {
      throw CommandFailure(
        .modelMissing,
        "\(start.data) has no key named \(LocalInference.serverName), or nothing that the chain at "
          + "\(url) offers can be served; `whence key new \(LocalInference.serverName)` makes the key"
      )
    }
    let service = AnswerService(
      ledger: ledger, history: HTTPHistoryClient(base: url), inference: inference,
      blobs: data.blobs, host: start.host, port: start.port, limits: start.httpLimits,
      takesOpenings: start.takesChannelOpenings, encoder: try SentenceService.open(),
      keys: try await DelegatedChannels.signing(of: data, on: ledger, for: inference),
      operatorKey: start.operatorKey, drainLimit: { self.drainLimit })
    let erasing = ErasedTexts(ledger: ledger, blobs: data.blobs, inference: inference)
    try await service.run { base in
      try await alongside({ try await Self.keepOn("removing erased texts", erasing.run) }) {
        try await self.serve(at: base, inference, ledger)
      }
    }
  }

  /// A duty that may fail while the node is away, and begins again.
  private static func keepOn(_ what: String, _ work: () async throws -> Void) async throws {
    while true {
      do {
        try await work()
      } catch {
        try Task.checkCancellation()
        OperationLog.add("\(what) stopped for now: \(error)")
      }
      try await Task.sleep(for: .seconds(5))
    }
  }

  /// Brings here what the node publishes of the wanted adapters; one that is not to be had is left out
  /// later, with its reason.
  private func fetchArtifacts(
    into data: DataFolder, from url: String, _ ledger: any LedgerClient,
    wanted: ServeConfiguration
  ) async throws {
    let source = try VerificationSource(node: url, artifacts: data.blobs.path)
    let offered = try await ledger.records(
      in: .adapters, named: Digest.self, as: AdapterRecord.self)
    for (name, record) in offered where wanted.wants(Identifier(name), record.offer.name) {
      guard let run = try await ledger.record(.run(record.offer.run)) else { continue }
      do {
        try await source.fetchArtifacts(of: run)
      } catch {
        try Task.checkCancellation()
        OperationLog.add("adapter \(record.offer.name.inOneLine) can't be fetched: \(error)")
      }
    }
  }

  private func openInference(
    _ data: DataFolder, on ledger: any LedgerClient, waitsForAdapters: Bool = false
  ) async throws -> InferenceServer? {
    var opening = local(data, ledger, start)
    opening.waitsForAdapters = waitsForAdapters
    let (inference, leftOut) = try await opening.open()
    for adapter in leftOut { print(adapter) }
    if inference == nil {
      print(try await opening.reasonForNone())
    } else {
      if let unknown = try await opening.unknownNames() { print(unknown) }
      try await Self.warnOfEmptyPurse(data, ledger)
    }
    await inference?.setOpenMaximum(start.openAnswers)
    await inference?.setTakesOpenings(start.takesChannelOpenings)
    if let inference { await Self.pin(start.pinnedAdapters, in: inference) }
    if let inference, let pool = try enginePool(for: inference) {
      await inference.delegate(to: pool)
    }
    return inference
  }

  private func local(
    _ data: DataFolder, _ ledger: any LedgerClient, _ configuration: ServeConfiguration
  ) -> LocalInference {
    LocalInference(
      data: data, ledger: ledger, model: configuration.model ?? LocalModel.path,
      only: configuration.servedAdapters, limits: configuration.engineLimits,
      tensorThreads: configuration.attributionThreads,
      adapterMemory: configuration.adapterBytes)
  }

  /// The workers that the configuration names.
  private func enginePool(for inference: InferenceServer) throws -> EnginePool? {
    guard !start.engines.isEmpty else { return nil }
    return EnginePool(
      start.engines.map {
        VLLMWorker(
          url: $0.url, model: $0.model, folder: $0.adaptersFolder,
          folderThere: $0.adaptersFolderThere, answersAtOnce: $0.answersAtOnce,
          engine: inference.engine)
      }, report: OperationLog.add)
  }

  private static func pin(_ names: [String], in inference: InferenceServer) async {
    for (name, cause) in await inference.pin(only: names) {
      OperationLog.add("adapter \(name.inOneLine) can't be kept in memory: \(cause)")
    }
  }

  // MARK: - While it serves

  private var drainLimit: Duration { current.withLock { $0.drainLimit } }

  /// Says that it serves, and then waits for signals.
  private func serve(
    at base: String, _ inference: InferenceServer?, _ ledger: any LedgerClient
  ) async throws {
    if let inference {
      let names = try await inference.models().map(\.name)
      print("answers with \(names.isEmpty ? "nothing" : names.joined(separator: ", "))")
    }
    let header = try await ledger.status().header
    print(NodeAnnouncement(base: base, height: header.height, root: header.stateRoot))
    fflush(nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await ReloadSignal.each { try await self.reload(inference, ledger) } }
      if let pool = await inference?.pool { group.addTask { try await pool.run() } }
      try await StopSignal.wait()
      group.cancelAll()
    }
    AnswerService.sayEnding(within: drainLimit)
  }

  /// Takes a new file, or keeps what is in force and says why.
  private func reload(_ inference: InferenceServer?, _ ledger: any LedgerClient) async throws {
    do {
      let newer = try ServeConfiguration(file: file)
      try newer.checkReload(from: current.withLock { $0 }, file: file)
      if let inference { try await offer(newer, by: inference, ledger) }
      current.withLock { $0 = newer }
      OperationLog.add("\(file) is in force")
    } catch {
      try Task.checkCancellation()
      OperationLog.add("\(file) is refused, and nothing has changed: \(error)")
    }
  }

  /// Loads what is wanted and not here yet, and offers what is wanted.
  private func offer(
    _ newer: ServeConfiguration, by inference: InferenceServer, _ ledger: any LedgerClient
  ) async throws {
    let data = try DataFolder(existing: start.data)
    if case .elsewhere(let url) = newer.place {
      try await fetchArtifacts(into: data, from: url, ledger, wanted: newer)
    }
    // What an operator loaded meanwhile stays as long as the file says the same.
    if newer.servedAdapters != current.withLock({ $0.servedAdapters }) {
      let wanted = local(data, ledger, newer)
      if let unknown = try await wanted.unknownNames() {
        guard !unknown.areAll else {
          throw ConfigurationFailure(
            file: file,
            faults: [
              .init(path: "adapters.served", message: "\(unknown): nothing would be served")
            ])
        }
        OperationLog.add("\(unknown)")
      }
      for adapter in try await wanted.reload(inference) { OperationLog.add("\(adapter)") }
    }
    await Self.pin(newer.pinnedAdapters, in: inference)
    await inference.setOpenMaximum(newer.openAnswers)
  }

  /// An answer is settled by a transaction, whose fee the server pays before it is paid itself.
  private static func warnOfEmptyPurse(
    _ data: DataFolder, _ ledger: any LedgerClient
  ) async throws {
    let server = try await data.keys.settled(LocalInference.serverName, on: ledger)
    guard try await ledger.balance(of: .account(server.account)) == .zero else { return }
    print(
      "the server's account \(server.account) has nothing to settle answers with, and none is paid until it "
        + "has: `whence send transfer to=\(server.account) amount=10WHN`")
  }
}

extension ServeConfiguration {
  /// Whether an adapter of the chain is to be served.
  func wants(_ id: Identifier<Adapter>, _ name: String) -> Bool {
    servedAdapters?.contains { $0.utf8.elementsEqual(name.utf8) || $0 == id.description } ?? true
  }
}
