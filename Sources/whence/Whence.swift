import Foundation

@main struct Whence {
  static let version = "0.1.0"

  static let program = Program(
    version: version,
    commands: story + payments + ledger + operation + Command.bench + rest)

  private static let story: [Command] = [.demo, .node, .serve]
  private static let payments: [Command] =
    [.ask, .chat, .proxy, .verify, .why, .outcome, .challenge, .audit] + Command.card
  private static let ledger: [Command] = [
    .send, .keyNew, .keyList, .apiKeyNew, .apiKeyList, .apiKeyRemove, .accountShow,
    .rotateKey, .records, .transaction, .block,
  ]
  private static let operation: [Command] =
    Command.state + [
      .replay, .crash, .soak, .simulate, .attack, .attributionSelfTest,
    ]
  private static let rest: [Command] = [
    .doctor, .retrain,
    Command(name: "version", summary: "Show the version") { _ in print("whence \(version)") },
  ]

  static func main() async {
    let code = await program.run(Array(CommandLine.arguments.dropFirst())) {
      print($0, terminator: "")
    } complain: {
      FileHandle.standardError.write(Data($0.utf8))
    }
    exit(code.rawValue)
  }
}
