import Foundation
import Networking
import RunKit
import TestKit

@testable import whence

/// The program as it was built beside this test bundle.
enum BuiltProgram {
  static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "whence").path(percentEncoded: false)

  /// Where programs with ``environment(in:)`` have their model.
  static func model(in folder: String) -> String {
    "\(folder)/deps/model/\(URL(filePath: LocalModel.path).lastPathComponent)"
  }

  /// What has a program use the tiny model, and keep in a folder what it fetches.
  static func environment(in folder: String) throws -> [String: String] {
    let model = URL(filePath: model(in: folder))
    try FileManager.default.createDirectory(
      at: model.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(TinyModel.file(contextLength: TinyRun.contextLength)).write(to: model)
    return ProcessInfo.processInfo.environment.merging([
      "WHENCE_DEPS": "\(folder)/deps", "TMPDIR": folder,
    ]) { $1 }
  }

  /// Runs a command to its end.
  static func run(
    _ arguments: [String], environment: [String: String]? = nil
  ) async throws -> (output: String, complaint: String, status: Int32) {
    let process = Process()
    let (output, complaint) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    if let environment { process.environment = environment }
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    // Neither says more than a pipe holds.
    return await onOwnThread {
      process.waitUntilExit()
      func text(_ pipe: Pipe) -> String {
        String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      }
      return (text(output), text(complaint), process.terminationStatus)
    }
  }

  /// Starts a node on the folder that is expected to refuse, and returns what it says and how it
  /// ends.
  static func refusal(
    data: String, port: UInt16 = 0
  ) async throws -> (words: String, status: Int32) {
    let node = try NodeProcess(program: path, data: data, port: port)
    defer { node.send(SIGKILL) }
    do {
      return ("\(try await node.announcement())", 0)
    } catch let failure as OperationFailure {
      return (failure.message, await node.end())
    }
  }
}

/// An empty folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "whence-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
