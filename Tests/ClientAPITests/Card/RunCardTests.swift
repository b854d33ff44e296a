import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Testing

/// A run of 24 records of four contributors whose losses are what the scores say, or what the test
/// says.
private struct CardFixture {
  static let run = Identifier<Run>(digest(9))
  static let accounts = (1...4).map { digest(UInt8($0)) }
  static let dimension = 64

  let manifest: RunManifest
  let index: InfluenceIndex
  let record: RunRecord
  let questions: [QueryVector]

  static func digest(_ byte: UInt8) -> Digest {
    Digest(bytes: [UInt8](repeating: byte, count: 32)) ?? .zero
  }

  init() {
    var generator = SeededGenerator(seed: 3)
    var rows: [IndexedRecord] = []
    for number in 0..<24 {
      let origin = RecordOrigin(
        contributor: Self.accounts[number % 4], group: Self.digest(UInt8(50 + number % 4)))
      let row = SignRow(signs: [generator.next()], scale: 1 << 10)
      rows.append(
        IndexedRecord(
          record: Self.digest(UInt8(100 + number)), chunk: 0, tokens: UInt32(1 + number % 3),
          origin: origin, row: row))
    }
    questions = (0..<5).map { _ in
      var values: [Int16] = []
      for _ in 0..<Self.dimension { values.append(Int16(generator.next(below: 2_000)) - 1_000) }
      return QueryVector(values: values)
    }
    index = InfluenceIndex(dimension: Self.dimension, records: rows, decoys: [])
    manifest = RunManifest(
      baseWeights: .zero, snapshotRoot: .zero, trained: rows.map(\.record), decoys: [],
      decoyDraw: Self.digest(8),
      recipe: TrainingRecipe(epochs: 1, learningRateInMillionths: 1, seed: 1, systemMessage: ""),
      adapter: .zero, adapterSettings: .zero, tracingAdapter: .zero, curvature: .zero,
      index: .zero, texts: .zero, codeVersion: "")
    var uplift: [UpliftEntry] = []
    for (place, account) in Self.accounts.enumerated() {
      uplift.append(
        UpliftEntry(
          contribution: Identifier(Self.digest(UInt8(50 + place))),
          contributor: Identifier(account), uplift: Int64(place * place) * 1_000))
    }
    record = RunRecord(
      owner: Identifier(.zero),
      claim: SubmitRunRecord(
        version: VersionName(datanet: Identifier(.zero), number: 1),
        baseModel: Identifier(.zero), manifest: .zero, adapterWeights: .zero, indexRoot: .zero,
        decoyRoot: .zero, rowCount: 24, decoyCount: 0, codeVersion: "",
        uplift: uplift, bond: .zero),
      heldOutEpoch: 1, challengeEnds: Deadline(time: BlockTime(milliseconds: 0), height: .genesis))
  }

  var draw: CardDraw { CardDraw(of: manifest) }

  /// The losses of halves that their records lower by their weights, exactly or the other way.
  func halves(_ count: Int, sign: Int64 = 1, seeds: Int = 1) -> [HeldOutLosses] {
    (0..<count * seeds).map { row in
      let half = Set(
        draw.half(row / seeds, of: manifest.trained).map { manifest.trained[$0] })
      return HeldOutLosses(
        microNats: questions.map { query in
          let weight = index.records.filter { half.contains($0.record) }
            .reduce(Int64(0)) { $0 + $1.row.score(query) * Int64($1.credit.weight) }
          return UInt32(2_000_000_000 - sign * weight / 65_536)
        })
    }
  }

  func card(
    _ halves: [HeldOutLosses], seeds: UInt32 = 1, contributors: ContributorRetrainings? = nil
  ) -> RunCard {
    RunCard(
      run: Self.run, heldOut: [Self.digest(7)], codeVersion: "0.1", seeds: seeds, halfStop: 3,
      questions: questions, halves: halves, contributors: contributors)
  }

  func figures(_ card: RunCard) throws -> RunCardFigures {
    try RunCardFigures(of: card, manifest: manifest, index: index, run: record)
  }
}

@Suite struct RunCardTests {
  private let fixture = CardFixture()

  @Test func `losses that the scores foretell have an LDS of one, others of minus one`() throws {
    let right = try fixture.figures(fixture.card(fixture.halves(8)))
    #expect(right.datamodelScore == MeasuredFigure(value: 1_000_000, draws: []))
    #expect(right.retrainings == 8 && right.contributors.isEmpty && right.agreement == nil)
    let wrong = try fixture.figures(fixture.card(fixture.halves(8, sign: -1)))
    #expect(wrong.datamodelScore?.value == -1_000_000)
    let twice = try fixture.figures(fixture.card(fixture.halves(8, seeds: 2), seeds: 2))
    #expect(twice.datamodelScore?.value == 1_000_000 && twice.retrainings == 16)
    #expect(
      Explanation.DatamodelScore(right)
        == .init(value: 1_000, low: 1_000, high: 1_000, retrainings: 8))
  }

  @Test func `three halves have no ranks to speak of`() throws {
    let figures = try fixture.figures(fixture.card(fixture.halves(3)))
    #expect(figures.datamodelScore == nil && Explanation.DatamodelScore(figures) == nil)
  }

  @Test func `whoever is left out is worth what the loss rises by`() throws {
    // Everybody's losses are 1.0 nats; without contributor n they are higher by n² thousandths.
    var losses: [HeldOutLosses] = []
    for rise in [0, 0, 1, 4, 9] as [UInt32] {
      for seed in 0..<2 as Range<UInt32> {
        let base = 1_000_000 + seed * 10_000 + rise * 1_000
        losses.append(
          HeldOutLosses(microNats: (0..<5 as Range<UInt32>).map { base + $0 * 100_000 }))
      }
    }
    let measured = ContributorRetrainings(subsets: .leaveOneOut, stop: 4, losses: losses)
    let figures = try fixture.figures(
      fixture.card(fixture.halves(4, seeds: 2), seeds: 2, contributors: measured))
    #expect(figures.contributors.map(\.account.digest) == CardFixture.accounts)
    #expect(figures.contributors.map(\.gate) == [0, 1_000, 4_000, 9_000])
    // The questions differ from one another, the differences do not: so the interval is a point.
    #expect(
      figures.contributors.map(\.retrained)
        == [0, 1_000, 4_000, 9_000].map { MeasuredFigure(value: $0, low: $0, high: $0) })
    #expect(figures.agreement == 1_000_000)
  }

  @Test func `coalitions give each contributor about what it takes off every loss`() throws {
    let worth: [Int64] = [0, 40_000, 10_000, 90_000]
    let losses = (0..<600).map { number in
      let coalition = fixture.draw.coalition(number, of: CardFixture.accounts)
      let gain = zip(CardFixture.accounts, worth).reduce(Int64(0)) {
        $0 + (coalition.contains($1.0) ? $1.1 : 0)
      }
      return HeldOutLosses(microNats: (0..<5).map { _ in UInt32(1_000_000 - gain) })
    }
    let measured = ContributorRetrainings(subsets: .coalitions, stop: 4, losses: losses)
    let figures = try fixture.figures(fixture.card(fixture.halves(4), contributors: measured))
    for (contributor, worth) in zip(figures.contributors, worth) {
      #expect(abs(contributor.retrained.value - worth) < 8_000)
      #expect((contributor.retrained.low...contributor.retrained.high).contains(worth))
    }
    #expect(figures.agreement == 800_000)
  }

  @Test func `a card of another run's form is refused`() throws {
    var narrow = fixture.card(fixture.halves(4))
    narrow.questions = fixture.questions.map { _ in QueryVector(values: []) }
    #expect(throws: CardFault.cardUnfit) { try fixture.figures(narrow) }
    let few = ContributorRetrainings(
      subsets: .leaveOneOut, stop: 1, losses: Array(fixture.halves(4)))
    #expect(throws: CardFault.cardUnfit) {
      try fixture.figures(fixture.card([], contributors: few))
    }
    let none = ContributorRetrainings(subsets: .coalitions, stop: 1, losses: [])
    #expect(throws: CardFault.cardUnfit) {
      try fixture.figures(fixture.card([], contributors: none))
    }
  }

  @Test func `a card survives its encoding, and one with a loss too few is none`() throws {
    let measured = ContributorRetrainings(
      subsets: .coalitions, stop: 1, losses: fixture.halves(2))
    let card = fixture.card(fixture.halves(4), contributors: measured)
    #expect(try RunCard(canonicalBytes: card.canonicalBytes) == card)
    let changes: [(inout RunCard) -> Void] = [
      { $0.seeds = 0 }, { $0.seeds = 3 }, { $0.seeds = 65 }, { $0.questions = [] },
      { $0.halves[1].microNats.removeLast() },
      { $0.contributors?.losses[0].microNats.append(1) },
    ]
    for change in changes {
      var changed = card
      change(&changed)
      #expect(throws: CanonicalDecodingError.self) {
        try RunCard(canonicalBytes: changed.canonicalBytes)
      }
    }
  }

  @Test func `a card is its maker's, its run's, and of questions that are revealed`() throws {
    let key = try #require(SigningKey(seed: [UInt8](repeating: 5, count: 32)))
    let signed = SignedRunCard(fixture.card(fixture.halves(4)), by: key)
    #expect(try SignedRunCard(canonicalBytes: signed.canonicalBytes) == signed)
    var heldOut = HeldOutRecord(
      parts: [
        HeldOutPart(
          curator: Identifier(.zero), commitment: .zero, committedAt: .genesis,
          blob: CardFixture.digest(7))
      ], isOperatorFinal: true, isFixed: true, version: 1, isOpened: true, release: nil)
    try signed.check(run: CardFixture.run, heldOut: heldOut)

    #expect(throws: CardFault.cardUnfit) {
      try signed.check(run: Identifier(.zero), heldOut: heldOut)
    }
    var changed = signed
    changed.card.halves[0].microNats[0] += 1
    #expect(throws: CardFault.cardUnsigned) {
      try changed.check(run: CardFixture.run, heldOut: heldOut)
    }
    #expect(throws: CardFault.cardHeldOutWrong) {
      try signed.check(run: CardFixture.run, heldOut: nil)
    }
    heldOut.parts[0].blob = CardFixture.digest(6)
    #expect(throws: CardFault.cardHeldOutWrong) {
      try signed.check(run: CardFixture.run, heldOut: heldOut)
    }
    heldOut.parts[0].blob = nil
    heldOut.isOpened = false
    #expect(throws: CardFault.cardHeldOutWrong) {
      try signed.check(run: CardFixture.run, heldOut: heldOut)
    }
  }
}
