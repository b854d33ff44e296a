import Foundation
import Ledger
import Primitives

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

  var account: Identifier<Account> {
    get throws { try verifier.keys.existing(LiveChain.verifierName).account }
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
    process.environment = try BuiltProgram.environment(in: verifier.path)
    let file = try FileHandle(forWritingTo: URL(filePath: output))
    try file.seekToEnd()
    process.standardOutput = file
    process.standardError = file
    try process.run()
  }
}
