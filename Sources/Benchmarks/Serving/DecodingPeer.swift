internal import Foundation

/// Another engine, decoding the same model in a process of its own whenever it is told to.
final class DecodingPeer {
  private let process = Process()
  private let commands = Pipe()
  private let answers = Pipe()
  private let name: String

  /// Why there is nothing to compare with.
  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  /// llama.cpp.
  /// - Parameters:
  ///   - python: the interpreter that `scripts/peers/llama-cpp.sh` set up.
  ///   - script: `scripts/peers/llama_decode.py`.
  convenience init(python: String, script: String, modelPath: String, threads: Int) throws {
    try self.init(
      "llama.cpp", python: python, arguments: ["-B", script, modelPath, "\(threads)"])
  }

  /// - Parameter arguments: the script that takes commands, one a line, and what it is given.
  init(
    _ name: String, python: String, arguments: [String], environment: [String: String] = [:]
  ) throws {
    self.name = name
    process.executableURL = URL(filePath: python)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = commands
    process.standardOutput = answers
    process.standardError = FileHandle.nullDevice
    try process.run()
    guard readLine() == "ready" else { throw Unusable(description: "\(name) did not start") }
  }

  deinit {
    try? commands.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Seconds of each of `steps` steps of `rows` sequences behind prompts of `prompt` tokens.
  func decode(rows: Int, prompt: Int, steps: Int) throws -> [Double] {
    try ask("decode \(rows) \(prompt) \(steps)")
  }

  /// Seconds of reading a prompt.
  func read(_ count: Int) throws -> Double { try ask("prefill \(count)").reduce(0, +) }

  /// Sends a command, and returns the seconds that it answers with.
  func ask(_ command: String) throws -> [Double] {
    try commands.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))
    guard let line = readLine() else { throw Unusable(description: "\(name) ended early") }
    return try JSONDecoder().decode([Double].self, from: Data(line.utf8))
  }

  private func readLine() -> String? {
    var line: [UInt8] = []
    while let byte = try? answers.fileHandleForReading.read(upToCount: 1)?.first {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }
}
