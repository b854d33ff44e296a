import Attribution
import Primitives
import Testing

@Suite struct UpliftEstimateTests {
  /// Records of a domain: its direction, a form that all records share, and noise of their own.
  func records(
    _ count: Int, domain: [Float], form: [Float], _ generator: inout SeededGenerator
  ) -> [[Float]] {
    (0..<count).map { _ in
      let own = noise(domain.count, &generator)
      return domain.indices.map { domain[$0] + form[$0] + 0.5 * own[$0] }
    }
  }

  @Test(arguments: UInt64(0)..<10)
  func `domains that held-out data share pass the gate, junk does not, and a copy adds little`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let silence = [Float](repeating: 0, count: 400)
    let (first, second, unrelated, form) = (
      noise(400, &generator), noise(400, &generator), noise(400, &generator),
      noise(400, &generator)
    )
    let one = records(8, domain: first, form: form, &generator)
    let two = records(8, domain: second, form: form, &generator)
    let junk = records(8, domain: unrelated, form: silence, &generator)
    let heldOut =
      records(10, domain: first, form: form, &generator)
      + records(10, domain: second, form: form, &generator)
    let estimates = try UpliftEstimate.marginal(
      training: one + two + junk + one,
      groups: [0, 1, 2, 3].flatMap { [Int](repeating: $0, count: 8) }, heldOut: heldOut,
      domains: [Int](repeating: 0, count: 10) + [Int](repeating: 1, count: 10))
    #expect(estimates.count == 4)
    #expect(estimates[0].lowerBound > 0)
    #expect(estimates[1].lowerBound > 0)
    #expect(estimates[2].lowerBound <= 0)
    #expect(estimates[3].mean < estimates[0].mean / 10)
  }

  @Test func `uplift adds up to what the whole set predicts, however it is cut into groups`() throws
  {
    var generator = SeededGenerator(seed: 4)
    let form = noise(100, &generator)
    let all = records(12, domain: noise(100, &generator), form: form, &generator)
    let heldOut = records(5, domain: noise(100, &generator), form: form, &generator)
    let whole = try UpliftEstimate.marginal(
      training: all, groups: [Int](repeating: 0, count: 12), heldOut: heldOut,
      domains: [0, 0, 0, 0, 0])
    let cut = try UpliftEstimate.marginal(
      training: all, groups: [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3], heldOut: heldOut,
      domains: [0, 0, 0, 0, 0])
    #expect(abs(cut.reduce(0) { $0 + $1.mean } - whole[0].mean) < 1e-9)
  }

  @Test func `an estimate without data is refused`() {
    #expect(throws: AttributionFailure(.noGradients)) {
      try UpliftEstimate.marginal(training: [], groups: [], heldOut: [[1], [2]], domains: [0, 0])
    }
    #expect(throws: AttributionFailure(.noGradients)) {
      try UpliftEstimate.marginal(training: [[1]], groups: [0], heldOut: [], domains: [])
    }
    #expect(throws: AttributionFailure(.notFinite)) {
      try UpliftEstimate.marginal(
        training: [[.infinity]], groups: [0], heldOut: [[1]], domains: [0])
    }
  }
}
