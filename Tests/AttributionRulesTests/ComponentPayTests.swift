import AttributionRules
import Primitives
import Testing

/// Pay between adapter and retrieval, and among passages.
@Suite struct ComponentPayTests {
  private func likelihoods(_ generator: inout SeededGenerator) -> AnswerLikelihoods {
    let extremes: [Int64] = [.min, .min + 1, -1, 0]
    func one() -> Int64 {
      generator.next(below: 8) == 0
        ? extremes[Int(generator.next(below: 4))]
        : -Int64(generator.next() >> (1 + generator.next(below: 62)))
    }
    return AnswerLikelihoods(base: one(), adapter: one(), context: one(), both: one())
  }

  /// The mean over both orders in which the components may be added, doubled: what Shapley wrote.
  private func shapley(_ value: AnswerLikelihoods) -> (adapter: Int128, retrieval: Int128) {
    let worth: [[Bool]: Int128] = [
      [false, false]: Int128(value.base), [true, false]: Int128(value.adapter),
      [false, true]: Int128(value.context), [true, true]: Int128(value.both),
    ]
    var sums: [Int128] = [0, 0]
    for order in [[0, 1], [1, 0]] {
      var present = [false, false]
      for component in order {
        let before = worth[present] ?? 0
        present[component] = true
        sums[component] += (worth[present] ?? 0) - before
      }
    }
    return (sums[0], sums[1])
  }

  @Test(arguments: UInt64(0)..<400)
  func `values are Shapley's, cut at zero, at every magnitude`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let value = likelihoods(&generator)
    let expected = shapley(value)
    let values = ComponentValues(value)
    #expect(Int128(values.adapter) == max(0, expected.adapter))
    #expect(Int128(values.retrieval) == max(0, expected.retrieval))
    // Efficient: without a cut, the two are all that was gained.
    #expect(
      expected.adapter + expected.retrieval == 2 * (Int128(value.both) - Int128(value.base)))
    // Symmetric: components that change places change values.
    let mirrored = ComponentValues(
      AnswerLikelihoods(
        base: value.base, adapter: value.context, context: value.adapter, both: value.both))
    #expect(mirrored.adapter == values.retrieval && mirrored.retrieval == values.adapter)
  }

  private static let groups = (1...3).map { digest(UInt64($0 * 10)) }
  /// Passage n is of group n mod 4; of 0 is nobody's.
  private func origin(_ record: Digest) -> RecordOrigin? {
    let group = Int(record.bytes[31] % 4)
    return group == 0
      ? nil : RecordOrigin(contributor: digest(UInt64(group)), group: Self.groups[group - 1])
  }

  /// Passages in some order, drops of both signs; the last group's gate is closed.
  private func retrieval(_ generator: inout SeededGenerator) -> RetrievalEvidence {
    RetrievalEvidence(
      likelihoods: likelihoods(&generator),
      passages: generator.shuffled(Array(UInt64(0)..<16)).prefix(
        Int(generator.next(below: 17))
      ).map { RetrievedPassage(record: digest($0), drop: Int64(generator.next(below: 90)) - 30) })
  }

  private let paid = PaidGroups(
    [5, 15, -1].enumerated().map { place, uplift in
      GroupUplift(
        group: groups[place], contributor: digest(UInt64(place + 1)), microNats: uplift)
    })

  private func pay(
    _ pool: Amount, _ retrieval: RetrievalEvidence?, evidence: [ScoredRecord] = []
  ) throws -> ContributorPay {
    try ContributorPay.divide(
      pool, evidence: evidence, floor: 0, retrieval: retrieval, among: paid,
      credit: { row in self.origin(row.record).map { RowCredit(origin: $0, tokens: 10) } },
      passage: origin)
  }

  @Test(arguments: UInt64(0)..<200)
  func `the parts sum to the pool, and passages are paid as a slow division says`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let pool = Amount(baseUnits: UInt128(generator.next()) << generator.next(below: 40))
    let retrieval = retrieval(&generator)
    let result = try pay(pool, retrieval)
    #expect(
      result.payouts.reduce(result.refund.baseUnits) { $0 + $1.amount.baseUnits }
        == pool.baseUnits)

    // Exact shares as fractions over one denominator, rounded at most once per part.
    let values = ComponentValues(retrieval.likelihoods)
    let earners = retrieval.passages.filter {
      $0.drop > 0 && [1, 2].contains(Int($0.record.bytes[31] % 4))
    }
    let drops = earners.reduce(0.0) { $0 + Double($1.drop) }
    let part =
      earners.isEmpty || values.retrieval == 0
      ? 0 : Double(values.retrieval) / (Double(values.retrieval) + Double(values.adapter))
    for contributor in 1...3 {
      let own = earners.filter { Int($0.record.bytes[31] % 4) == contributor }
        .reduce(0.0) { $0 + Double($1.drop) }
      let uplift = [0.25, 0.75, 0][contributor - 1]
      let share = (drops > 0 ? part * own / drops : 0) + (1 - part) * uplift
      let amount = result.payouts.first { $0.contributor == digest(UInt64(contributor)) }?.amount
      let total = Double(pool.baseUnits)
      #expect(
        abs(Double(amount?.baseUnits ?? 0) - share * total) <= 20 + total * 1e-9, "seed \(seed)")
    }
    let other = RetrievalEvidence(
      likelihoods: retrieval.likelihoods, passages: generator.shuffled(retrieval.passages))
    #expect(try pay(pool, other) == result)
  }

  @Test func `a part that no passage earns joins the adapter's`() throws {
    let likelihoods = AnswerLikelihoods(base: -100, adapter: -90, context: -10, both: 0)
    let evidence = [ScoredRecord(record: digest(1), score: 8)]
    let pool = Amount(baseUnits: 1000)
    func retrieval(_ passages: [RetrievedPassage]) -> RetrievalEvidence {
      RetrievalEvidence(likelihoods: likelihoods, passages: passages)
    }
    let alone = try pay(pool, nil, evidence: evidence)
    // Harmful, of a closed group, of nobody: none of them earns.
    let none = [
      RetrievedPassage(record: digest(1), drop: -4), .init(record: digest(2), drop: 0),
      .init(record: digest(3), drop: 50), .init(record: digest(4), drop: 50),
    ]
    #expect(try pay(pool, retrieval(none), evidence: evidence) == alone)
    // Retrieval is worth nine tenths: 900 for the one passage, of 100 what evidence and uplift say.
    let one = try pay(
      pool, retrieval([RetrievedPassage(record: digest(2), drop: 1)]), evidence: evidence)
    #expect(one.payouts.map(\.amount.baseUnits) == [70 + 8, 900 + 22])
  }

  @Test func `if neither component adds anything, the pool is the adapter's`() throws {
    let evidence = [ScoredRecord(record: digest(1), score: 8)]
    let pool = Amount(baseUnits: 1000)
    let harmful = RetrievalEvidence(
      likelihoods: AnswerLikelihoods(base: 0, adapter: -5, context: -7, both: -9),
      passages: [RetrievedPassage(record: digest(2), drop: 90)])
    #expect(
      try pay(pool, harmful, evidence: evidence) == (try pay(pool, nil, evidence: evidence)))
  }
}
