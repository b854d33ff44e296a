import Foundation
import LanguageModels
import Networking
import Primitives
import RunKit
import Testing
import TestKit

@testable import OpenLoRA

/// Delegation to a real vLLM, where `scripts/vllm.sh` has installed one: about three minutes.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RealWorkerTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let dependencies = root.appending(path: ".deps")
  private static let model = dependencies.appending(
    path: "model/SmolLM2-135M-Instruct.Q4_1.gguf")
  private static var isInstalled: Bool {
    [model, dependencies.appending(path: "vllm/.done")]
      .allSatisfy { FileManager.default.fileExists(atPath: $0.path()) }
  }

  /// The script at work.
  private static func script(_ words: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [root.appending(path: "scripts/vllm.sh").path()] + words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// The model's weights as vLLM takes them; written once.
  private static func folder() async throws -> String {
    let folder = dependencies.appending(path: "vllm/model").path()
    if FileManager.default.fileExists(atPath: "\(folder)/tokenizer.json") { return folder }
    let export = try script(["model", model.path(), folder])
    while export.isRunning { try await Task.sleep(for: .milliseconds(200)) }
    try #require(export.terminationStatus == 0)
    return folder
  }

  /// An adapter that changes answers, drawn from a seed.
  private static func adapter(
    _ seed: UInt64, for configuration: LlamaConfiguration
  ) throws -> LoRAAdapter {
    let fresh = LoRAAdapter(fresh: configuration, rank: 8, alpha: 16, seed: seed)
    var generator = SeededGenerator(seed: seed)
    let up = fresh.up.map { matrix in
      matrix.map { _ in Float.random(in: -0.02...0.02, using: &generator) }
    }
    return try LoRAAdapter(
      configuration: configuration, rank: 8, alpha: 16, down: fresh.down, up: up)
  }

  @Test(
    .enabled(
      if: isInstalled, "vLLM or the base model is not installed; scripts/vllm.sh installs it"))
  func `vLLM's answers are the model's, with adapters that it loads on the way`() async throws {
    let folder = try await Self.folder()
    let port = try await Self.freePort()
    let server = try Self.script(["serve", folder, "\(port)"])
    defer { server.terminate() }
    let engine = try LanguageEngine(modelPath: Self.model.path())
    let adapters = TemporaryFolder()
    let worker = VLLMWorker(
      url: "http://127.0.0.1:\(port)", model: "base", folder: adapters.path,
      folderThere: adapters.path, answersAtOnce: 4, engine: engine)
    // A minute on an idle machine, and many beside other tests.
    while await worker.health() == nil {
      try #require(server.isRunning, "vLLM did not start")
      try await Task.sleep(for: .milliseconds(500))
    }
    var equal = 0
    for seed in UInt64(1)...2 {
      let drawn = try Self.adapter(seed, for: engine.configuration)
      let files = try drawn.files(baseModel: "base")
      let handle = try await engine.load(drawn)
      let there = EngineAdapter(digest: digest("adapter \(seed)")) { files }
      for question in ["What is a channel?", "Count to five."] {
        let prompt = try engine.template.tokens(for: [
          ChatMessage(role: .system, content: "Be brief."),
          ChatMessage(role: .user, content: question),
        ])
        let request = GenerationRequest(prompt: prompt, adapter: handle, maximumTokens: 24)
        let own = try await engine.serving.answer(request)
        let theirs = try await worker.answer(request, with: there) { _ in }
        #expect(try await AnswerMargin.holds(theirs.tokens, to: request, by: engine))
        if own == theirs { equal += 1 }
      }
      #expect(worker.holds(there))
    }
    // Ties aside, engines of one arithmetic agree.
    #expect(equal >= 3)
  }

  private static func freePort() async throws -> UInt16 {
    let server = try HTTPServer(port: 0) { _ in .text("") }
    defer { withExtendedLifetime(server) {} }
    let port = server.port
    await server.stop()
    return port
  }
}
