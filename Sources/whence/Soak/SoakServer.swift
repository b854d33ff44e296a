import Foundation
import Synchronization

/// The server under test: a process that is killed and started again over one folder.
final class SoakServer: Sendable {
  private let program: String
  private let configuration: String
  private let state = Mutex<(process: NodeProcess?, base: String)>((nil, ""))

  /// - Parameters:
  ///   - data: a node's folder with an adapter to answer with.
  ///   - folder: for the configuration.
  init(program: String, data: String, folder: String, streams: Int) throws {
    self.program = program
    configuration = "\(folder)/serve.json"
    let text = """
      {"listen": {"port": 0}, "data": "\(data)",
       "limits": {"connections": \(streams * 2 + 200), "requests_at_once": \(streams + 100),
                  "open_answers": \(streams * 2), "waiting": \(streams + 100)}}
      """
    try Data(text.utf8).write(to: URL(filePath: configuration))
  }

  /// Where it answers; it may be away.
  var base: String { state.withLock { $0.base } }
  var processNumber: Int32? { state.withLock { $0.process?.number } }

  /// Starts it and waits until it answers.
  func start() async throws {
    let process = try NodeProcess(
      program: program, arguments: ["serve", "--config", configuration])
    state.withLock { $0.process = process }
    let announcement = try await process.announcement()
    state.withLock { $0.base = announcement.base }
    process.listen { line in
      // What it grumbles about is looked at when something is wrong.
      FileHandle.standardError.write(Data("\n  server: \(line)\n".utf8))
    }
  }

  /// Ends it without warning.
  func kill() async {
    guard let process = state.withLock({ $0.process }) else { return }
    process.send(SIGKILL)
    _ = await process.end()
  }

  /// Has it end by itself: its exit status.
  func stop() async -> Int32 {
    guard let process = state.withLock({ $0.process }) else { return 0 }
    process.send(SIGTERM)
    return await process.end()
  }

  /// What the process holds; nil if it is away.
  func holdings() -> (bytes: Int, files: Int)? {
    guard let number = processNumber,
      let status = try? String(contentsOfFile: "/proc/\(number)/status", encoding: .utf8),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(number)/fd"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kibibytes = line.split(separator: " ").compactMap({ Int($0) }).first
    else { return nil }
    return (kibibytes << 10, files.count)
  }
}
