import Foundation
import Testing

@testable import Attribution

/// `docs/spec/attribution.md` gives the numbers of the whitened gradients.
@Suite struct AdapterSpecTests {
  @Test func `the page gives the numbers that whitening is fixed to`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "docs/spec/attribution.md"), encoding: .utf8)
    let used = [
      "wideDirections": "\(CurvatureLimits.committed.wideDirections)",
      "adapterDimension": "\(CurvatureLimits.committed.dimension)",
      "adapterDamping": "\(AdapterCurvature.relativeDamping)",
    ]
    for (name, value) in used.sorted(by: { $0.key < $1.key }) {
      #expect(page.contains("\n| \(name) | \(value) | "), "\(name) is \(value)")
    }
  }

  @Test func `the unit of scales follows from the number of records as the page says`() {
    for (count, exponent) in [(1, 31), (2, 30), (4, 30), (5, 29), (600, 26), (1 << 20, 21)] {
      #expect(AdapterCurvature.scaleExponent(exampleCount: count) == exponent)
    }
  }
}
