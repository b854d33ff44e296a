import AttributionRules
import Foundation
import LanguageModels
import Testing

@testable import Attribution

/// `docs/spec/attribution.md` gives the numbers that the floating-point half of the code uses.
@Suite struct GradientSpecTests {
  @Test func `the page gives the numbers that every run is fixed to`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "docs/spec/attribution.md"), encoding: .utf8)
    let used = [
      "wideDirections": "\(CurvatureLimits.committed.wideDirections)",
      "largestDimension": "\(CurvatureLimits.committed.dimension)",
      "relativeDamping": "\(AdapterCurvature.relativeDamping)",
      "largestChunk": "\(TrainingExample.largestChunk)",
      "scaleUnits": "\(Int(SignRow.scaleUnits))",
      "standardErrors": "\(Int(UpliftEstimate.standardErrors))",
      "smallestUplift": "\(UpliftEstimate.smallest)",
    ]
    for (name, value) in used.sorted(by: { $0.key < $1.key }) {
      #expect(page.contains("\n| \(name) | \(value) | "), "\(name) is \(value)")
    }
  }
}
