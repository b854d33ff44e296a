import Foundation

@testable import whence

/// The program as it was built beside this test bundle.
enum BuiltProgram {
  static let path = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "whence").path(percentEncoded: false)

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
