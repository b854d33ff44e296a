import AttributionRules
import Ledger
import ModelFactory
import Primitives
import Testing

@Suite struct RightSharesTests {
  private static let accounts = (1...3).map {
    Identifier<Account>(Digest(words: [0, 0, 0, UInt64($0)]))
  }

  private static func origin(_ number: Int) -> RecordOrigin {
    RecordOrigin(
      contributor: accounts[number].digest, group: Digest(words: [1, 0, 0, UInt64(number)]))
  }

  private static func uplift(_ microNats: [Int64]) -> [GroupUplift] {
    microNats.enumerated().map {
      GroupUplift(
        group: origin($0).group, contributor: origin($0).contributor, microNats: $1)
    }
  }

  private static func run(_ microNats: [Int64]) -> RunRecord {
    RunRecord(
      owner: accounts[0],
      claim: SubmitRunRecord(
        version: VersionName(datanet: Identifier(.zero), number: 1), baseModel: Identifier(.zero),
        manifest: .zero, adapterWeights: .zero, indexRoot: .zero, decoyRoot: .zero, rowCount: 3,
        decoyCount: 1, codeVersion: "1",
        uplift: uplift(microNats).map {
          UpliftEntry(
            contribution: Identifier($0.group), contributor: Identifier($0.contributor),
            uplift: $0.microNats)
        }, bond: .zero), heldOutEpoch: 1,
      challengeEnds: Deadline(time: BlockTime(milliseconds: 0), height: Height(0)))
  }

  /// A row each, that agrees with the query in all, half and none of its signs.
  private static let index = InfluenceIndex(
    dimension: 64,
    records: [UInt64.max, 0xffff_ffff, 0].enumerated().map { number, signs in
      IndexedRecord(
        record: Digest(words: [2, 0, 0, UInt64(number)]), tokens: 5, origin: origin(number),
        row: SignRow(signs: [signs], scale: 1 << 20))
    },
    decoys: [
      IndexedRecord(
        record: Digest(words: [3, 0, 0, 0]), tokens: 5, origin: origin(0),
        row: SignRow(signs: [0xaaaa_aaaa_aaaa_aaaa], scale: 1 << 20))
    ])

  private static func answer(at height: UInt64, isPublic: Bool) -> RightShares.Answer {
    let query = QueryVector(values: [Int16](repeating: 100, count: 64))
    return RightShares.Answer(
      settledAt: Height(height), pool: Amount(baseUnits: 1_000_000),
      evidence: isPublic ? Evidence(influence: index.evidence(for: query)) : nil)
  }

  private func shares(
    _ microNats: [Int64], _ answers: [RightShares.Answer] = []
  ) throws -> RightShares {
    try RightShares(uplift: Self.uplift(microNats), index: Self.index, answers: answers)
  }

  private func named(_ weights: [UInt64]) -> PayShares {
    PayShares(
      shares: zip(Self.accounts, weights).filter { $1 > 0 }.map {
        PayShare(account: $0, weight: $1)
      })
  }

  @Test func `without receipts uplift divides, within the tolerance`() throws {
    let right = try shares([300, 100, -5])
    let run = Self.run([100, 300, -5])
    func isAccepted(_ weights: [UInt64]) throws -> Bool {
      try right.accept(named(weights), of: run, openedAt: Height(9))
    }
    #expect(try isAccepted([3, 1, 0]) && isAccepted([746, 254, 0]))
    #expect(try !isAccepted([744, 256, 0]) && !isAccepted([3, 1, 1]))
    #expect(try !isAccepted([]), "it would be the run's own uplift")
    let shares = try right.named(of: run)
    #expect(shares.shares.map(\.account) == Array(Self.accounts[..<2]))
    #expect(try right.accept(shares, of: run, openedAt: Height(9)))
  }

  @Test func `who claims the right uplift needs no shares`() throws {
    let right = try shares([300, 100, -5])
    let run = Self.run([30, 10, -1])
    #expect(try right.named(of: run) == PayShares())
    #expect(try right.accept(PayShares(), of: run, openedAt: Height(9)))
  }

  @Test func `a public receipt pays by its query, a private one by uplift`() throws {
    let run = Self.run([100, 100, 100])
    let open = try shares([100, 100, 100], [Self.answer(at: 5, isPublic: true)])
    // 70 % goes to the one row above the floor, the rest in three.
    #expect(try open.accept(named([80, 10, 10]), of: run, openedAt: Height(9)))
    let mixed = try shares(
      [100, 100, 100], [Self.answer(at: 5, isPublic: true), Self.answer(at: 5, isPublic: false)])
    let half = named([1133, 433, 433])
    #expect(try mixed.accept(half, of: run, openedAt: Height(9)))
    #expect(try !mixed.accept(named([80, 10, 10]), of: run, openedAt: Height(9)))
  }

  @Test func `shares may be those of any block shortly before the dispute, and of no later one`()
    throws
  {
    let run = Self.run([100, 100, 100])
    let right = try shares(
      [100, 100, 100], [Self.answer(at: 50, isPublic: true), Self.answer(at: 200, isPublic: false)])
    let (none, first, both) = (named([1, 1, 1]), named([80, 10, 10]), named([1133, 433, 433]))
    func accepted(at height: UInt64) throws -> [Bool] {
      try [none, first, both].map { try right.accept($0, of: run, openedAt: Height(height)) }
    }
    #expect(try accepted(at: 50) == [true, false, false])
    #expect(try accepted(at: 51) == [true, true, false])
    #expect(try accepted(at: 160) == [false, true, false])
    #expect(try accepted(at: 201) == [false, true, true])
    #expect(try accepted(at: 301) == [false, false, true])
    #expect(try right.named(of: run).shares.count == 3)
  }

  @Test func `where nobody improved the run, no shares are wrong`() throws {
    let right = try shares([-3, -1, -5])
    #expect(try right.named(of: Self.run([5, 0, 0])) == PayShares())
    #expect(try right.accept(PayShares(), of: Self.run([5, 0, 0]), openedAt: Height(9)))
  }
}
