import ClientAPI
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
      .init(name: "quick", help: "at most 48 records, two epochs, no retrains"),
      .init(
        name: "report", value: "FILE", standard: "demo-report.json", help: "the report to write"),
      .init(
        name: "data", value: "DIR", standard: ".whence/demo",
        help: "the node's folder; an earlier demo's is replaced"),
    ]
  ) { arguments in
    let data = try DemoFolder.fresh(at: arguments.text("data") ?? ".whence/demo")
    let demo = Demo(
      plan: arguments.isOn("quick") ? .quick : .full, data: data, terminal: .standard)
    let report = try await demo.run()
    let file = arguments.text("report") ?? "demo-report.json"
    try Data(report.json.bytes(.indented) + [10]).write(to: URL(filePath: file))
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
      throw CommandFailure("\(path) is a file; give a folder as --data")
    }
    if isFolder.boolValue, try !files.contentsOfDirectory(atPath: path).isEmpty {
      guard files.fileExists(atPath: "\(path)/\(mark)") else {
        throw CommandFailure("\(path) holds something else; give another --data or empty it")
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

  func run() async throws -> DemoReport {
    let start = ContinuousClock.now
    let story = try StoryFiles(folder: "\(DependencyFolder.path)/corpora/story", plan: plan)
    var names = story.contributors.map(\.name)
    names += [
      DemoChain.operatorName, DemoChain.builderName, DemoChain.serverName, DemoChain.customerName,
    ]
    let keys = try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try data.keyMakingIfNeeded($0)) })
    let genesis = DemoChain.genesis(keys: keys, time: .now())
    try data.keep(genesis)
    let node = try LedgerNode(store: try data.openStore(), genesis: genesis)
    let weights = try LocalModel.weightsDigest()
    let engine = try LocalModel.open()
    let demoStory = DemoStory(
      plan: plan, data: data, chain: DemoChain(client: node, keys: keys), engine: engine,
      weights: weights, terminal: terminal)
    return try await alongside(node.run) {
      let published = try await demoStory.publish(story)
      let served = try await ServedAdapter.load(
        published.adapter, from: node, blobs: data.blobs, engine: engine, weights: weights)
      let server = try InferenceServer(
        engine: engine, ledger: node, blobs: data.blobs, folder: data.serverFolder,
        key: demoStory.chain.key(DemoChain.serverName), adapters: [served], clock: { .now() })
      let service = NodeService(ledger: node, inference: server)
      return try await service.serve { base in
        // From here on everybody is outside: customer, stranger and auditor come over HTTP.
        var report = try await demoStory.from(base).finish(
          published, contributors: story.contributors, index: served.index, node: base)
        report.seconds = (ContinuousClock.now - start) / .seconds(1)
        report.peakBytes = DemoReport.peakBytesNow()
        let spent = report.seconds.rounded(places: 0)
        print("\n  \(spent) seconds, at most \(report.peakBytes >> 20) MiB of memory.")
        return report
      }
    }
  }
}
