import Foundation
import RunKit
import TestKit

@testable import whence

/// `whence audit` of one verifier in a process of its own, on the tiny model.
final class AuditProgram: @unchecked Sendable {
  let verifier: DataFolder
  private let node: String
  /// Only the test's task starts and ends it.
  private var process = Process()

  /// - Parameter node: where it asks.
  init(_ verifier: DataFolder, asking node: String) throws {
    self.verifier = verifier
    self.node = node
    let model = URL(filePath: "\(verifier.path)/deps/model")
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    try Data(TinyModel.file(contextLength: TinyRun.contextLength)).write(
      to: model.appending(path: URL(filePath: LocalModel.path).lastPathComponent))
    try Data().write(to: URL(filePath: output))
    try start()
  }

  deinit { end() }

  func restart() throws {
    end()
    process = Process()
    try start()
  }

  func end() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  var isRunning: Bool { process.isRunning }

  /// All that its processes have said.
  var said: String {
    (try? String(contentsOf: URL(filePath: output), encoding: .utf8)) ?? ""
  }

  private var output: String { "\(verifier.path)/said" }

  private func start() throws {
    process.executableURL = URL(filePath: BuiltProgram.path)
    process.arguments = [
      "audit", "--node", node, "--data", verifier.path, "--as", LiveChain.verifierName,
    ]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "WHENCE_DEPS": "\(verifier.path)/deps", "TMPDIR": verifier.path,
    ]) { $1 }
    let file = try FileHandle(forWritingTo: URL(filePath: output))
    try file.seekToEnd()
    process.standardOutput = file
    process.standardError = file
    try process.run()
  }
}
