import ClientAPI
import Cryptography
import Foundation
import JSONCoding
import Ledger
import ModelFactory
import Node
import OpenLoRA
import Primitives
import Storage

extension Command {
  static let demo = Command(
    name: "demo", summary: "Tell the whole story once, on real text, and check it",
    options: [
      .init(name: "quick", help: "at most 48 records, two epochs, few retrainings"),
      .init(
        name: "report", value: "FILE", standard: "demo-report.json", help: "the report to write"),
      .init(
        name: "data", value: "DIR", standard: ".whence/demo",
        help: "the demo's own folder: the next demo replaces it, and no other command's is"),
    ]
  ) { arguments in
    let data = try DemoFolder.fresh(at: arguments.text("data") ?? ".whence/demo")
    let demo = Demo(
      plan: arguments.isOn("quick") ? .quick : .full, data: data, terminal: .standard)
    let report = try await demo.run()
    let file = arguments.text("report") ?? "demo-report.json"
    try Data(report.json.bytes(.indented) + [10]).write(asked: file)
    print("\nThe report is in \(file); `whence node --data \(data.path)` serves the same data.")
  }
}

/// The demo's own data folder.
enum DemoFolder {
  private static let mark = "whence-demo"

  /// Makes the folder, or empties it if an earlier demo made it.
  /// - Throws: ``CommandFailure`` if something else lies there: nothing of it is touched.
  static func fresh(at path: String) throws -> DataFolder {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    if unsafe files.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      throw CommandFailure(.foreignFolder, "\(path) is a file; give a folder as --data")
    }
    if isFolder.boolValue, try !files.contentsOfDirectory(atPath: path).isEmpty {
      guard files.fileExists(atPath: "\(path)/\(mark)") else {
        throw CommandFailure(
          .foreignFolder, "\(path) holds something else; give another --data or empty it")
      }
      try files.removeItem(atPath: path)
    }
    let folder = try DataFolder(at: path)
    try DocumentFolder(at: path).put([], as: mark)
    return folder
  }
}

/// Runs the story against a node of its own.
struct Demo {
  let plan: DemoPlan
  let data: DataFolder
  let terminal: Terminal

  /// What the story begins with.
  private struct Stage {
    let story: StoryFiles
    let node: LedgerNode
    let telling: DemoStory
  }

  func run() async throws -> DemoReport {
    let start = ContinuousClock.now
    let stage = try setStage()
    defer { stage.telling.retraining.cancel() }
    return try await alongside(stage.node.run) {
      let published = try await stage.telling.publish(stage.story)
      var report = try await finish(published, on: stage)
      report.seconds = (ContinuousClock.now - start) / .seconds(1)
      report.peakBytes = DemoReport.peakBytesNow()
      let spent = report.seconds.rounded(places: 0)
      print("\n  \(spent) seconds, at most \(report.peakBytes >> 20) MiB of memory.")
      return report
    }
  }

  /// Makes everybody's keys, a chain that funds them, and loads the model.
  private func setStage() throws -> Stage {
    let story = try StoryFiles(folder: "\(DependencyFolder.path)/corpora/story", plan: plan)
    var names = story.contributors.map(\.name)
    names += [
      DemoChain.operatorName, DemoChain.builderName, DemoChain.serverName, DemoChain.customerName,
    ]
    var keys: [String: SigningKey] = [:]
    for name in names { keys[name] = try data.keyMakingIfNeeded(name) }
    let genesis = DemoChain.genesis(keys: keys, time: .now())
    try data.keep(genesis)
    let node = try LedgerNode(store: try data.openStore(), genesis: genesis)
    let telling = DemoStory(
      plan: plan, data: data, chain: DemoChain(client: node, keys: keys),
      engine: try LocalModel.open(), weights: try LocalModel.weightsDigest(), terminal: terminal,
      retraining: RetrainProcess(path: data.retrainFolder))
    return Stage(story: story, node: node, telling: telling)
  }

  /// Serves the adapter; from here on customer, stranger and auditor are outside and come over HTTP.
  private func finish(
    _ published: DemoStory.Published, on stage: Stage
  ) async throws -> DemoReport {
    let telling = stage.telling
    let served = try await ServedAdapter.load(
      published.adapter, from: stage.node, blobs: data.blobs, engine: telling.engine,
      weights: telling.weights)
    let server = try InferenceServer(
      engine: telling.engine, ledger: stage.node, blobs: data.blobs, folder: data.serverFolder,
      key: telling.chain.key(DemoChain.serverName), adapters: [served], clock: { .now() })
    let index = try await served.index
    return try await NodeService(
      ledger: stage.node, inference: server, blobs: data.blobs
    ).serve { base in
      try await telling.from(base).finish(
        published, contributors: stage.story.contributors, index: index, node: base)
    }
  }
}
