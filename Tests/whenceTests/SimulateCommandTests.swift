import Foundation
import JSONCoding
import Ledger
import Simulation
import Testing

@testable import whence

@Suite struct SimulateCommandTests {
  /// Runs the built program and returns what it prints.
  private func output(_ words: String...) async throws -> (text: String, status: Int32) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: BuiltProgram.path)
    process.arguments = words
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  @Test func `two processes with one seed print the same figures and the same root`() async throws {
    let one = try await output("simulate", "--seed", "11", "--blocks", "30", "--json")
    let other = try await output("simulate", "--seed", "11", "--blocks", "30", "--json")
    #expect(one.status == 0 && one.text == other.text)
    let figures = try JSON(parsing: Array(one.text.utf8))
    let chain = figures["chains"]?[0]
    #expect(chain?["seed"]?.integer() == 11)
    #expect(chain?["state_root"]?.string?.count == 64)
    #expect(figures["messages"]?["transfer"]?["succeeded"]?.integer() ?? 0 > 0)
  }

  @Test func `text leaves out what never happened, and JSON does not`() throws {
    var simulation = try Simulation(seed: 1)
    try simulation.run(blocks: 3)
    var table = SimulationTable(blocks: 3)
    table.add(simulation.report, took: .zero)
    let terminal = Terminal(isInteractive: false, hasColour: false, width: 80)
    let lines = table.text(on: terminal).split(separator: "\n")
    #expect(!lines.contains { $0.hasPrefix("     0 ") || $0.contains(" 0          0 ") })
    #expect(lines.contains { $0.contains("never reached: ") })
    #expect(table.json["messages"]?.object?.members.count == MessageKind.allCases.count)
    #expect(table.json["events"]?.object?.members.count == EventKind.allCases.count)
    #expect(table.json["never_reached"]?.array?.isEmpty == false)
  }

  @Test(arguments: ["", "x", "3-2", "1-2-3", "-1"])
  func `seeds are a number, or two with a dash between them`(text: String) throws {
    let arguments = try Command.simulate.parse(["--seeds=\(text)"])
    #expect(throws: UsageError.self) { try SimulatedSeeds(arguments) }
  }

  @Test func `one seed is a range of its own`() throws {
    func range(_ words: String...) throws -> ClosedRange<UInt64> {
      try SimulatedSeeds(Command.simulate.parse(words)).range
    }
    #expect(try range("--seed", "7") == 7...7 && range("--seeds", "3-9") == 3...9)
    #expect(throws: UsageError.self) { try range("--seed", "3-9") }
  }
}
