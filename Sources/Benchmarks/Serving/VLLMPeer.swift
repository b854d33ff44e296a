internal import Foundation
internal import LanguageModels
internal import Networking
internal import OpenLoRA

/// vLLM for the CPU as `scripts/vllm.sh` installed it, started for a measurement and stopped behind it.
final class VLLMPeer: Sendable {
  private let process: Process
  let worker: VLLMWorker

  /// Whether it is installed, in a checkout whose dependencies lie at `dependencies`.
  static func isInstalled(at dependencies: String) -> Bool {
    ["vllm/.done", "../scripts/vllm.sh"].allSatisfy {
      FileManager.default.fileExists(atPath: "\(dependencies)/\($0)")
    }
  }

  /// Writes the model's weights out for it if that was never done, and waits until it serves: a minute or
  /// two.
  ///
  /// - Parameters:
  ///   - folder: for adapters.
  ///   - adaptersAtOnce: in one of its steps.
  init(
    dependencies: String, modelPath: String, folder: String, engine: LanguageEngine,
    adaptersAtOnce: Int
  ) async throws {
    let weights = "\(dependencies)/vllm/model"
    if !FileManager.default.fileExists(atPath: "\(weights)/tokenizer.json") {
      let export = try Self.script(dependencies, ["model", modelPath, weights])
      export.waitUntilExit()
      guard export.terminationStatus == 0 else {
        throw ServingBenchmarkFailure("vLLM's copy of the model can't be written")
      }
    }
    let port = try await Self.freePort()
    process = try Self.script(
      dependencies, ["serve", weights, "\(port)"], ["MAX_LORAS": "\(adaptersAtOnce)"])
    worker = VLLMWorker(
      url: "http://127.0.0.1:\(port)", model: "base", folder: folder, folderThere: folder,
      answersAtOnce: adaptersAtOnce, engine: engine)
    let limit = ContinuousClock.now + .seconds(300)
    while await worker.health() == nil {
      guard process.isRunning, ContinuousClock.now < limit else {
        stop()
        throw ServingBenchmarkFailure("vLLM did not start")
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  deinit { stop() }

  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  private static func script(
    _ dependencies: String, _ words: [String], _ variables: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["\(dependencies)/../scripts/vllm.sh"] + words
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func freePort() async throws -> UInt16 {
    let server = try HTTPServer(port: 0) { _ in .text("") }
    await server.stop()
    return server.port
  }
}
