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

  @Test(arguments: [
    (["bench", "mill"], "command_unknown: bench is one of: bench engine, bench serve"),
    (["bench", "serve", "--only", "alora,mill"], "--only takes some of decoding, store"),
    (["state", "check", "extra"], "operand_unexpected: state check does not take \"extra\""),
    (["simulate", "--seed", "1", "--seeds", "1-2"], "option_conflict: give either --seeds or"),
    (["account", "show", "a", "--before", "1.0.0"], "option_conflict: --before says nothing"),
    (["records", "purses", "--prove"], "--prove says nothing without NAME"),
    (["records", "purses", "a", "--limit", "5"], "give either --limit or NAME, not both"),
    (["account", "show", "a", "--why", "--why"], "option_conflict: --why is given twice"),
    (["bench", "engine", "--quick"], "option_unknown: bench engine has no option --quick"),
    (["status"], "command_unknown: there is no command"),
    (["help", "doctor", "more"], "operand_unexpected: help on doctor does not take \"more\""),
    (["send", "transfer", "--dry-run", "--as", "a"], "give either --dry-run or --as, not both"),
    (["records", "--node", "foo", "purses"], "--node takes a URL, as in http://127.0.0.1:8800"),
    (["verify", "0a", "--node", "foo", "--stopped"], "give either --stopped or --node, not both"),
  ])
  func `what would be passed over is refused`(words: [String], complaint: String) async {
    var said = ""
    let code = await Whence.program.run(words, print: { _ in }, complain: { said += $0 })
    #expect(code == .usage && said.contains(complaint), "\(said)")
  }

  @Test func `a family of commands is listed, and explained one by one`() async {
    var said = ""
    for words in [["help", "state"], ["help", "state", "prove"]] {
      let code = await Whence.program.run(words, print: { said += $0 }, complain: { _ in })
      #expect(code == .success)
    }
    #expect(said.contains("state import") && said.contains("usage: whence state prove KEY"))
  }

  @Test func `the README lists every command that people type`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let listed = readme.matches(of: /\| `whence ([a-z -]+)[^|]*` \|/).map { String($0.output.1) }
    // Worker processes run one, and the other says its name.
    let typed = Set(Whence.program.commands.map(\.name)).subtracting(["retrain", "version"])
    // A row may be of a whole family, as of `bench engine` and others.
    func names(_ row: String, _ name: String) -> Bool {
      "\(name) ".hasPrefix(row.trimmingCharacters(in: .whitespaces) + " ")
    }
    for name in typed { #expect(listed.contains { names($0, name) }, "\(name)") }
    for row in listed { #expect(typed.contains { names(row, $0) }, "\(row)") }
  }
}
