import Foundation
import JSONCoding

extension Command {
  static let serve = Command(
    name: "serve", summary: "Serve answers as one configuration file says",
    options: [
      .init(
        name: "config", value: "FILE", help: "the configuration; docs/spec/configuration.md"),
      .init(
        name: "check-config", help: "say what is wrong with the file, and end", needs: ["config"]),
      .init(
        name: "print-schema", help: "print the JSON Schema of the file, and end",
        excludes: ["config"]),
    ]
  ) { arguments in
    guard !arguments.isOn("print-schema") else {
      return print(ServeConfiguration.schema.text(.indented))
    }
    guard let file = arguments.text("config"), !file.isEmpty else {
      throw UsageError(.optionIncomplete, "serve needs --config FILE, or --print-schema")
    }
    guard !arguments.isOn("check-config") else { return try check(file) }
    try await ServeProcess(configuration: ServeConfiguration(file: file), file: file).run()
  }

  /// Prints every fault in a line of its own.
  private static func check(_ file: String) throws {
    do {
      _ = try ServeConfiguration(file: file)
      print("\(file) is sound")
    } catch {
      for fault in error.faults {
        print((fault.path.isEmpty ? "\(file) \(fault)" : "\(fault)").inOneLine)
      }
      throw CommandFailed()
    }
  }
}
