import Foundation
import Testing

@testable import whence

@Suite struct CommandParserTests {
  let command = Command(
    name: "serve", summary: "Serve",
    operands: [
      .init(name: "MODEL", help: "the model's file"),
      .init(name: "EXTRA", help: "one more", isOptional: true),
    ],
    options: [
      .init(name: "port", value: "PORT", standard: "8080", help: "where to listen"),
      .init(name: "quick", help: "do less"),
    ]
  ) { _ in }

  @Test func `options and operands come in any order and both spellings`() throws {
    let arguments = try command.parse(["--port", "1", "m", "--quick", "e"])
    #expect(try command.parse(["m", "e", "--quick", "--port=1"]) == arguments)
    #expect(arguments.operand("MODEL") == "m" && arguments.operand("EXTRA") == "e")
    #expect(try arguments.integer("port", in: 0...65535) == 1 && arguments.isOn("quick"))
  }

  @Test func `what is left out has its standard value`() throws {
    let arguments = try command.parse(["m"])
    #expect(arguments.text("port") == "8080" && !arguments.isOn("quick"))
    #expect(arguments.operand("EXTRA") == nil && arguments.text("quick") == nil)
  }

  @Test func `after two dashes nothing is an option`() throws {
    #expect(try command.parse(["--", "--quick"]).operand("MODEL") == "--quick")
  }

  @Test(arguments: [
    (["m", "--prot", "1"], "serve has no option --prot; did you mean --port?"),
    (["m", "--xyzzy"], "serve has no option --xyzzy"),
    (["m", "--port"], "--port takes a value: --port PORT"),
    (["m", "--quick=1"], "--quick takes no value"),
    ([], "serve needs MODEL: the model's file"),
    (["m", "e", "f"], "serve does not take \"f\""),
  ])
  func `what is not understood is answered with what would be`(words: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try command.parse(words) }
    #expect(error?.message == message)
  }

  @Test(arguments: ["x", "-1", "65536", "1.0", ""])
  func `a number has to be one, and in its range`(text: String) throws {
    let arguments = try command.parse(["m", "--port=\(text)"])
    #expect(throws: UsageError.self) { try arguments.integer("port", in: 0...65535) }
  }

  @Test(arguments: [
    ("", "", 0), ("abc", "abc", 0), ("abc", "acb", 2), ("", "ab", 2), ("kitten", "sitting", 3),
  ])
  func `distance counts edits`(lhs: String, rhs: String, distance: Int) {
    #expect(editDistance(lhs, rhs) == distance && editDistance(rhs, lhs) == distance)
  }
}

@Suite struct ProgramTests {
  struct Sad: Error, CustomStringConvertible { let description = "out of luck" }

  /// Runs the words and returns what the shell sees.
  func run(_ words: String...) async -> (code: Program.ExitCode, output: String, complaint: String)
  {
    let program = Program(
      version: "9",
      commands: [
        Command(name: "work", summary: "Work hard") { _ in },
        Command(name: "fail", summary: "Fail") { _ in throw Sad() },
      ])
    var (output, complaint) = ("", "")
    let code = await program.run(words, print: { output += $0 }, complain: { complaint += $0 })
    return (code, output, complaint)
  }

  @Test func `the exit code tells success, failure and misuse apart`() async {
    #expect(await run("work").code == .success)
    let failed = await run("fail")
    #expect(failed.code == .failure && failed.complaint == "whence: out of luck\n")
    let misspelled = await run("wrok")
    #expect(misspelled.code == .usage && misspelled.complaint.contains("did you mean \"work\"?"))
    #expect(await run("work", "--no-such").code == .usage)
  }

  @Test func `help is found wherever it is asked for`() async {
    for answer in [await run(), await run("help"), await run("--help")] {
      #expect(answer.code == .success && answer.output.contains("Work hard"))
    }
    for answer in [await run("help", "work"), await run("work", "--help")] {
      #expect(answer.output.contains("usage: whence work"))
    }
    #expect(await run("--version").output == "whence 9\n")
  }

  @Test func `bench says which part it can measure`() async throws {
    let error = await #expect(throws: UsageError.self) {
      try await Command.bench.run(Command.bench.parse(["mill"]))
    }
    #expect(error?.message.contains("whence bench engine") == true)
  }

  @Test func `the README lists every command that people type`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let listed = readme.matches(of: /\| `whence ([a-z ]+)[^|]*` \|/).map { String($0.output.1) }
    // Worker processes run one, and the other says its name.
    let typed = Set(Whence.program.commands.map(\.name)).subtracting(["retrain", "version"])
    // What a command measures may stand behind its name, as in `bench engine`.
    for name in typed { #expect(listed.contains { "\($0) ".hasPrefix("\(name) ") }, "\(name)") }
    for row in listed { #expect(typed.contains { "\(row) ".hasPrefix("\($0) ") }, "\(row)") }
  }
}
