import Foundation

/// The whole command line: a list of commands, and what is said when none fits.
struct Program: Sendable {
  let version: String
  let commands: [Command]

  /// What the shell learns.
  enum ExitCode: Int32, Sendable {
    case success = 0
    /// The command was understood, and failed.
    case failure = 1
    /// The command was not understood.
    case usage = 2
  }

  /// Runs the command that the words name; `print` and `complain` take text for the two outputs.
  func run(
    _ words: [String], print: (String) -> Void, complain: (String) -> Void
  ) async -> ExitCode {
    do {
      guard let first = words.first, !["help", "--help", "-h"].contains(first) else {
        print(try help(on: words.dropFirst()))
        return .success
      }
      guard first != "--version" || words.count > 1 else {
        print("whence \(version)\n")
        return .success
      }
      let (command, rest) = try command(in: words[...])
      guard !rest.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" })
      else {
        print(try help(on: command, Array(rest)))
        return .success
      }
      try await command.run(try command.parse(rest))
      return .success
    } catch let error as UsageError {
      complain("whence: \("\(error)".inOneLine)\n")
      return .usage
    } catch is CommandFailed {
      return .failure
    } catch let error as CocoaError {
      // What we did not expect of a file, in the system's words.
      let failure = CommandFailure(.fileFailed, error.localizedDescription)
      complain("whence: \(failure.description.inOneLine)\n")
      return .failure
    } catch {
      // A server's words may stand in it.
      complain("whence: \("\(error)".inOneLine)\n")
      return .failure
    }
  }

  /// The command whose name the words begin with, and the words after it.
  ///
  /// Names of two words, as in `account show`, are for families of commands.
  private func command(
    in words: ArraySlice<String>
  ) throws(UsageError) -> (command: Command, rest: ArraySlice<String>) {
    for count in [2, 1] {
      let name = words.prefix(count).joined(separator: " ")
      if let command = commands.first(where: { $0.name == name }) {
        return (command, words.dropFirst(count))
      }
    }
    let first = words.first ?? ""
    let family = commands.filter { $0.name.hasPrefix(first + " ") }.map(\.name)
    guard family.isEmpty else {
      throw UsageError(
        .commandUnknown, "\(first) is one of: \(family.joined(separator: ", "))")
    }
    let guess = closest(to: first, among: commands.map(\.name))
    throw UsageError(
      .commandUnknown,
      "there is no command \"\(first)\"; "
        + (guess.map { "did you mean \"\($0)\"?" } ?? "\"whence help\" lists them"))
  }

  /// What these words, which stand behind `help`, are explained with.
  private func help(on words: ArraySlice<String>) throws -> String {
    guard let first = words.first else { return help }
    let family = commands.filter { $0.name.hasPrefix(first + " ") }
    if words.count == 1, !family.isEmpty {
      return columns(family.map { ($0.name, $0.summary) })
        + "\n\"whence help \(first) \(family[0].name.dropFirst(first.count + 1))\" explains one.\n"
    }
    let (command, rest) = try command(in: words)
    if let extra = rest.dropFirst(command.explain == nil ? 0 : 1).first {
      throw UsageError(.operandUnexpected, "help on \(command.name) does not take \"\(extra)\"")
    }
    return try help(on: command, Array(rest))
  }

  /// A command's help, or what it says of its first operand.
  private func help(on command: Command, _ rest: [String]) throws -> String {
    guard let explain = command.explain else { return command.help }
    if let operand = rest.first, !operand.hasPrefix("-") { return try explain(operand) }
    return try command.help + "\n" + explain(nil)
  }

  private var help: String {
    "Whence \(version): an AI ledger that pays the people behind an answer.\n\n"
      + "usage: whence COMMAND [options]\n\n" + columns(commands.map { ($0.name, $0.summary) })
      + "\n\"whence help COMMAND\" explains one.\n"
  }
}

/// A command has already said why it failed.
struct CommandFailed: Error {}
