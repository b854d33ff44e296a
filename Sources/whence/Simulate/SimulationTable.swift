import CanonicalCoding
import JSONCoding
import Ledger
import Simulation

/// What one simulation or several found, for people and for programs.
struct SimulationTable {
  let blocks: UInt64
  private(set) var reports: [SimulationReport] = []
  private var times: [Duration] = []

  init(blocks: UInt64) { self.blocks = blocks }

  mutating func add(_ report: SimulationReport, took time: Duration) {
    reports.append(report)
    times.append(time)
  }

  /// What is worth a line of its own beside the messages.
  private static let incidents: [EventKind] = [
    .validatorJailed, .validatorSlashed, .validatorTombstoned, .stakeSlashed, .curatorSlashed,
    .datanetSlashed, .heldOutOpened, .heldOutWithheld, .claimsLapsed, .claimForfeited,
    .runSlashed, .serverSlashed, .verifierSlashed, .agentSlashed, .faultProved, .dataWithheld,
    .actionWithheld, .batchFinal, .batchVoided, .batchCorrected, .disputeUpheld, .disputeRejected,
    .disputeDismissed, .disputeWithheld, .contributionErased, .proposalAccepted, .proposalVetoed,
  ]

  private func sum(_ part: (SimulationReport) -> Int) -> Int { reports.reduce(0) { $0 + part($1) } }

  private var rejections: [(rejection: Rejection, count: Int)] {
    Rejection.all.map { rejection in (rejection, sum { $0.count(of: rejection) }) }
  }

  private func tally(of kind: MessageKind) -> SimulationReport.Tally {
    let tallies = reports.map { $0.tally(of: kind) }
    return SimulationReport.Tally(
      sent: tallies.reduce(0) { $0 + $1.sent }, succeeded: tallies.reduce(0) { $0 + $1.succeeded })
  }

  private var kindsNeverReached: [MessageKind] {
    MessageKind.allCases.filter { tally(of: $0).succeeded == 0 }
  }
}

// MARK: - For people
extension SimulationTable {
  /// A line for each chain.
  var lines: [String] {
    zip(reports, times).map { report, time in
      "seed \(report.seed)  \(report.blocks) blocks  \(report.transactions) transactions  "
        + "\(report.entries) entries  \(time.components.seconds) s  root \(report.stateRoot)"
    }
  }

  func text(on terminal: Terminal) -> String {
    let reached = rejections.filter { $0.count > 0 }
    var text = terminal.title("Messages by kind")
    text += terminal.table(
      ["sent", "succeeded", "kind"],
      // What nobody sent is named at the end.
      MessageKind.allCases.map { ($0, tally(of: $0)) }.filter { $0.1.sent > 0 }.map { kind, tally in
        ["\(tally.sent)", "\(tally.succeeded)", kind.codedText]
      })
    text += terminal.title("Rejections: \(reached.count) of \(rejections.count) codes")
    text += terminal.table(
      ["count", "code", "rejection"],
      reached.map { ["\($0.count)", "\($0.rejection.code)", $0.rejection.name] })
    text += terminal.title("What came of it")
    text += terminal.table(
      ["count", "event"],
      Self.incidents.map { event in (event, sum { $0.count(of: event) }) }.filter { $0.1 > 0 }
        .map { event, count in ["\(count)", event.codedText] })
    text += terminal.title("Every promise held")
    if !kindsNeverReached.isEmpty {
      text +=
        "  never reached: " + kindsNeverReached.map(\.codedText).joined(separator: ", ") + "\n"
    }
    return text + lines.map { "  \($0)\n" }.joined().dropLast()
  }
}

// MARK: - For programs
extension SimulationTable {
  var json: JSON {
    [
      "blocks": .integer(blocks),
      "chains": .array(
        reports.map { report in
          [
            "seed": .integer(report.seed), "transactions": .integer(report.transactions),
            "entries": .integer(report.entries), "state_root": .string("\(report.stateRoot)"),
          ]
        }),
      "messages": .object(
        JSONObject(
          MessageKind.allCases.map { kind in
            let tally = tally(of: kind)
            return .init(
              name: kind.codedText,
              value: ["sent": .integer(tally.sent), "succeeded": .integer(tally.succeeded)])
          })),
      "rejections": .object(
        JSONObject(
          rejections.filter { $0.count > 0 }.map {
            .init(name: $0.rejection.name, value: .integer($0.count))
          })),
      "events": .object(
        JSONObject(
          EventKind.allCases.map { event in
            .init(name: event.codedText, value: .integer(sum { $0.count(of: event) }))
          })),
      "never_reached": .array(kindsNeverReached.map { .string($0.codedText) }),
    ]
  }
}
