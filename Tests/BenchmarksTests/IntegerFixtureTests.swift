import AttributionRules
import Testing

@testable import Benchmarks

@Suite struct IntegerFixtureTests {
  @Test func `every integer after quantisation is what all builds agreed on`() throws {
    let fixture = try IntegerFixture()
    for part in fixture.deviating {
      Issue.record("\(part.rawValue) is \(fixture.digests[part].map { "\($0)" } ?? "missing")")
    }
    #expect(IntegerFixture.expected.count == IntegerFixture.Part.allCases.count)
  }

  @Test func `rows, passages, uplift and spans all have their part in it`() throws {
    let fixture = try IntegerFixture()
    #expect(fixture.evidence.influence.records.count > 1)
    #expect((fixture.evidence.spans?.spans.count ?? 0) > 1)
    var causes: Set<String> = []
    for earning in fixture.earnings {
      switch earning.cause {
      case .row: causes.insert("row")
      case .passage: causes.insert("passage")
      case .uplift: causes.insert("uplift")
      }
    }
    #expect(causes == ["row", "passage", "uplift"])
    #expect(Set(fixture.digests.values).count == IntegerFixture.Part.allCases.count)
  }
}
