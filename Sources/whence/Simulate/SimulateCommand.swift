import Foundation
import JSONCoding
import Ledger
import Simulation

extension Command {
  /// Lets seeds decide everything that happens on chains in memory, and checks every block.
  static let simulate = Command(
    name: "simulate", summary: "Run the ledger on random histories, and check every block",
    options: [
      .init(name: "seed", value: "S", standard: "1", help: "what decides everything that happens"),
      .init(
        name: "seeds", value: "A-B", help: "all of these seeds one after the other, instead of one",
        excludes: ["seed"]),
      .init(name: "blocks", value: "N", standard: "1000", help: "blocks of each chain"),
      .json,
    ]
  ) { arguments in
    let seeds = try SimulatedSeeds(arguments).range
    guard let blocks = try arguments.integer("blocks", in: 1...10_000_000) else { return }
    let isJSON = arguments.isOn("json")
    var whole = SimulationTable(blocks: UInt64(blocks))
    for seed in seeds {
      let clock = ContinuousClock()
      let start = clock.now
      var simulation = try Simulation(seed: seed)
      try simulation.run(blocks: UInt64(blocks))
      whole.add(simulation.report, took: clock.now - start)
      guard !isJSON, seeds.count > 1, let line = whole.lines.last else { continue }
      print(line)
      fflush(nil)
    }
    print(
      isJSON
        ? String(decoding: whole.json.bytes(.indented), as: UTF8.self) : whole.text(on: .standard))
  }
}

/// Which seeds the user asked for.
struct SimulatedSeeds {
  let range: ClosedRange<UInt64>

  /// - Throws: ``UsageError`` for anything but a number, or two with a dash between them.
  init(_ arguments: Arguments) throws(UsageError) {
    let text = arguments.text("seeds") ?? arguments.text("seed") ?? ""
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
    guard let first = parts.first ?? nil, let last = parts.last ?? nil, first <= last,
      parts.count == 1 || parts.count == 2 && arguments.text("seeds") != nil,
      last - first < 1_000_000
    else {
      throw UsageError(
        .optionInvalid, "--seed takes a whole number, and --seeds two of them: --seeds 1-20")
    }
    range = first...last
  }
}
