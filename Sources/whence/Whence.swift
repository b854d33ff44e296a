import Foundation

@main struct Whence {
  static let version = "0.1.0"

  static let program = Program(
    version: version,
    commands: [
      .demo, .node, .ask, .proxy, .verify, .send, .accountShow, .records, .state, .replay, .crash,
      .simulate, .bench, .doctor, .retrain,
      Command(name: "version", summary: "Show the version") { _ in print("whence \(version)") },
    ])

  static func main() async {
    let code = await program.run(Array(CommandLine.arguments.dropFirst())) {
      print($0, terminator: "")
    } complain: {
      FileHandle.standardError.write(Data($0.utf8))
    }
    exit(code.rawValue)
  }
}
