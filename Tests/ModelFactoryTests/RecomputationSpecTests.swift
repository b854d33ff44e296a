import Attribution
import Foundation
import LanguageModels
import Testing

@testable import ModelFactory

/// `docs/spec/` says what recomputing a run decides.
@Suite struct RecomputationSpecTests {
  private func page(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/spec/\(name).md"), encoding: .utf8)
  }

  @Test func `the page gives the tolerances`() throws {
    let used: [(String, Double)] = [
      ("row: sign", RowDifference.tolerance), ("row: scale", RowDifference.tolerance),
      ("curvature", VectorGeometry.tolerance), ("adapter", LoRAAdapter.distanceTolerance),
      ("uplift", RunRecomputation.upliftTolerance),
    ]
    for (name, value) in used {
      #expect(try page("attribution").contains("\n| \(name) | \(value) | "), "\(name) is \(value)")
    }
    #expect(try page("attribution").contains("at least \(RunRecomputation.leastUplift) micro-nats"))
    #expect(try page("disputes").contains("at most \(RightShares.tolerance), for"))
    #expect(try page("disputes").contains("the last \(RightShares.blocksToOpen) before"))
  }

  @Test func `the page has a line for every fault of a run`() throws {
    for fault in RunFault.allCases {
      #expect(try page("disputes").contains(" | \(fault.rawValue) |\n"), "\(fault.rawValue)")
    }
  }
}
