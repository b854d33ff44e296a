import Foundation
import RunKit
import Synchronization
import Testing

@testable import whence

/// `whence chat` in a process of its own, on a pipe and on a terminal.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ChatCommandTests {
  /// The program on a terminal of its own, which `script` makes and shows.
  private final class Keyboard: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let shown = Mutex(Data())

    init(_ words: [String], environment: [String: String]) throws {
      // A key that is typed as the program ends is lost, and must not end the tests.
      signal(SIGPIPE, SIG_IGN)
      let output = Pipe()
      process.executableURL = URL(filePath: "/usr/bin/script")
      let line = words.map { "'\($0)'" }.joined(separator: " ")
      // A Ctrl-C reaches the shell too, and not every shell outlives one that its child outlived.
      process.arguments = ["-qefc", "trap : INT; \(line); echo \(Self.ended)$?.", "/dev/null"]
      process.environment = environment.merging([
        "SHELL": "/bin/sh", "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "",
      ]) { $1 }
      process.standardInput = input
      process.standardOutput = output
      process.standardError = output
      output.fileHandleForReading.readabilityHandler = { [weak self] handle in
        let piece = handle.availableData
        guard !piece.isEmpty else {
          handle.readabilityHandler = nil
          return
        }
        self?.shown.withLock { $0 += piece }
      }
      try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    // A piece may end inside a character.
    var text: String { shown.withLock { String(decoding: $0, as: UTF8.self) } }

    func type(_ text: String) throws {
      try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    /// Waits for a text that comes after what was seen until now.
    func sees(_ expected: String, times: Int = 1) async throws {
      _ = try await eventually {
        text.components(separatedBy: expected).count > times ? true : nil
      } saying: {
        text
      }
    }

    /// What the terminal shows behind the program, before its status: Foundation does not always hear
    /// of a child's end.
    private static let ended = "ended with status "

    /// Waits until lines are asked for; what is typed before goes through the terminal's own hands.
    func seesPrompt() async throws { try await sees("❯") }

    /// Types Ctrl-D until it counts: it does not before a prompt stands there.
    func leave() async throws -> Int32 {
      try await eventually {
        try? type("\u{4}")
        guard let end = text.range(of: Self.ended),
          let dot = text[end.upperBound...].firstIndex(of: ".")
        else { return nil }
        return Int32(text[end.upperBound..<dot])
      } saying: {
        text
      }
    }
  }

  private func words(_ folder: ServeFolder, _ base: String) -> [String] {
    ["chat", "--node", base, "--data", folder.path, "--tokens", "12"]
  }

  /// The program with lines on its standard input, from a file so that it may end before it read all.
  private func piped(
    _ lines: String, to words: [String], in folder: ServeFolder
  ) throws -> (status: Int32, text: String) {
    let file = "\(folder.folder.path)/input"
    try Data(lines.utf8).write(to: URL(filePath: file))
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: BuiltProgram.path)
    process.arguments = words
    process.environment = try BuiltProgram.environment(in: folder.folder.path)
    process.standardInput = FileHandle(forReadingAtPath: file)
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test func `on a pipe each line is a question or a command, and the answers are plain`()
    async throws
  {
    let folder = try await ServeFolder()
    try folder.configure()
    let server = try folder.start()
    let base = try await server.base()
    let file = "\(folder.folder.path)/said.json"
    let (status, text) = try piped(
      "q1?\nand \\\nq2?\n/why\n/save \(file)\n/cost\n/quit\nq3?\n", to: words(folder, base),
      in: folder)
    #expect(status == 0, "\(text)")
    #expect(!text.contains("\u{1b}") && !text.contains("❯"), "\(text)")
    #expect(text.components(separatedBy: "  receipt ").count == 3, "\(text)")
    #expect(text.contains("tiny answered:") && text.contains("2 answer(s), "), "\(text)")
    let saved = try String(contentsOf: URL(filePath: file), encoding: .utf8)
    #expect(saved.contains(#""question": "and \nq2?""#), "\(saved)")
    server.send(SIGTERM)
    #expect(await server.end() == 0)
  }

  @Test func `two adapters answer together, and each one's receipt is explained`() async throws {
    let folder = try await ServeFolder()
    try folder.configure()
    let server = try folder.start()
    let base = try await server.base()
    let (status, text) = try piped(
      "q1?\n/why\n/verify\n",
      to: words(folder, base) + ["--model", "2*tiny+\(folder.other)"], in: folder)
    #expect(status == 0, "\(text)")
    #expect(text.components(separatedBy: "  receipt ").count == 3, "\(text)")
    #expect(text.contains("(2 of 3 parts of an ensemble) answered:"), "\(text)")
    #expect(text.contains("(1 of 3 parts of an ensemble) answered:"), "\(text)")
    #expect(text.components(separatedBy: "accepted").count >= 3, "\(text)")
    server.send(SIGTERM)
    #expect(await server.end() == 0)
  }

  @Test func `on a pipe a question that fails is the exit status`() async throws {
    let folder = try await ServeFolder()
    try folder.configure()
    let server = try folder.start()
    let base = try await server.base()
    let (status, text) = try piped("/modle\n", to: words(folder, base), in: folder)
    #expect(status == 1)
    #expect(text.contains("there is no /modle; did you mean /model?"), "\(text)")
  }

  @Test func `on a terminal lines are edited and remembered, and Ctrl-C ends no conversation`()
    async throws
  {
    let folder = try await ServeFolder()
    try folder.configure()
    let server = try folder.start()
    let base = try await server.base()
    let program = [BuiltProgram.path] + words(folder, base)
    let environment = try BuiltProgram.environment(in: folder.folder.path)
    let keyboard = try Keyboard(program, environment: environment)
    try await keyboard.sees("/help lists what else can be done")
    try await keyboard.seesPrompt()
    // A line given up, and one that is put right before it is sent.
    try keyboard.type("nonsense\u{3}")
    try await keyboard.sees("❯", times: 2)
    try keyboard.type("q9\u{7f}1?\n")
    try await keyboard.sees("  receipt ")
    // A Ctrl-D while an answer is under way ends nothing, and spoils no later line.
    server.send(SIGSTOP)
    try keyboard.type("q2?\n")
    try await keyboard.sees("tiny …", times: 2)
    try keyboard.type("\u{4}")
    server.send(SIGCONT)
    try await keyboard.sees("  receipt ", times: 2)
    // An answer that does not come is given up, and the conversation goes on.
    server.send(SIGSTOP)
    try keyboard.type("q3?\n")
    try await keyboard.sees("tiny …", times: 3)
    try keyboard.type("\u{3}")
    try await keyboard.sees("stopped before anything came, which costs nothing")
    server.send(SIGCONT)
    try keyboard.type("/model\n")
    try await keyboard.sees("WHN / 1,000 in")
    try keyboard.type("q4?\n")
    try await keyboard.sees("  receipt ", times: 3)
    try keyboard.type("/verify\n")
    try await keyboard.sees("accepted")
    #expect(try await keyboard.leave() == 0, "\(keyboard.text)")
    let history = try String(
      contentsOf: URL(filePath: "\(folder.path)/chat-history"), encoding: .utf8)
    #expect(history.contains("q1?\n") && !history.contains("nonsense"))
    let attributes = try FileManager.default.attributesOfItem(
      atPath: "\(folder.path)/chat-history")
    #expect(attributes[.posixPermissions] as? Int == 0o600)

    // The next conversation finds the lines of this one.
    let again = try Keyboard(program, environment: environment)
    try await again.seesPrompt()
    try again.type("\u{10}\u{10}\n")
    try await again.sees("  receipt ")
    #expect(try await again.leave() == 0, "\(again.text)")
    server.send(SIGTERM)
    #expect(await server.end() == 0)
  }
}
