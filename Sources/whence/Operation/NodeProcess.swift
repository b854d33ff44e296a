import Foundation
import Networking

/// A node in a process of its own, started and ended by whoever tries it.
final class NodeProcess: Sendable {
  private let process = Process()
  private let output = Pipe()

  /// Starts `program node` on the folder.
  /// - Parameters:
  ///   - port: 0 for any free one.
  ///   - options: further words of the command.
  convenience init(
    program: String, data: String, port: UInt16 = 0, blockInterval: Duration = .milliseconds(20),
    options: [String] = []
  ) throws {
    try self.init(
      program: program,
      arguments: [
        "node", "--data", data, "--port", "\(port)", "--block-interval",
        "\(Int(blockInterval / .milliseconds(1)))",
      ] + options)
  }

  init(program: String, arguments: [String]) throws {
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  var number: Int32 { process.processIdentifier }

  /// Passes on what it says from now on, line by line, until it ends.
  func listen(_ line: @escaping @Sendable (Substring) -> Void) {
    let output = output
    Task {
      await onOwnThread {
        var text = ""
        while case let piece = output.fileHandleForReading.availableData, !piece.isEmpty {
          text += String(decoding: piece, as: UTF8.self)
          let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
          for whole in lines.dropLast() { line(whole) }
          text = lines.last.map(String.init) ?? ""
        }
      }
    }
  }

  /// Waits until the node serves.
  /// - Throws: `node_failed` with what it said, if it ends before.
  func announcement() async throws -> NodeAnnouncement {
    let (output, process) = (output, process)
    let result = await onOwnThread { () -> Result<NodeAnnouncement, OperationFailure> in
      var text = ""
      while true {
        let piece = output.fileHandleForReading.availableData
        guard !piece.isEmpty else {
          let words = text.split(separator: "\n").joined(separator: "; ")
          return .failure(OperationFailure(.nodeFailed, "the node did not start: \(words)"))
        }
        text += String(decoding: piece, as: UTF8.self)
        // The last piece may be half a line.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        if let found = lines.lazy.compactMap(NodeAnnouncement.init(line:)).first {
          return .success(found)
        }
      }
    }
    withExtendedLifetime(process) {}
    return try result.get()
  }

  /// Sends a signal; no effect once the process has ended.
  func send(_ number: Int32) {
    if process.isRunning { kill(process.processIdentifier, number) }
  }

  /// Waits for the end: the exit status, or −1 if a signal was the end.
  func end() async -> Int32 {
    let process = process
    return await onOwnThread {
      process.waitUntilExit()
      return process.terminationReason == .exit ? process.terminationStatus : -1
    }
  }
}
