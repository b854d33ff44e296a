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

  @Test func `the fixture's answer leans on rows, passages and spans`() throws {
    let parts = try IntegerFixture().digests.values
    #expect(Set(parts).count == IntegerFixture.Part.allCases.count)
  }
}
