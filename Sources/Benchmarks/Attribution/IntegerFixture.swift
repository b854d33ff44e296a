internal import Attribution
internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Ledger
public import Primitives

/// Everything after quantisation, once, on numbers that a seed draws: what every build, processor and
/// number of threads has to agree on to the last bit.
public struct IntegerFixture: Hashable, Sendable {
  /// What is hashed, each part from those before it.
  public enum Part: String, CaseIterable, Sendable {
    /// Both roots of an index of rounded vectors.
    case rows
    /// The queries that other vectors are rounded to.
    case queries
    /// Decoy scores, floors and listed records of each query.
    case scores
    /// What stands of an answer in records.
    case spans
    /// The division of a pool among rows, passages and uplift.
    case payouts
    /// The digest of a receipt with all of it.
    case receipt
  }

  /// By part.
  public let digests: [Part: Digest]
  let evidence: Evidence
  let earnings: [Earning]

  /// What this version of the rules gives everywhere; a rule that changes an integer changes these.
  public static let expected: [Part: String] = [
    .rows: "27d694ff40b2d9d326853ef2bdb505c1d6e7c8e525332981a263508eebb0d544",
    .queries: "e9fec95a7b92461611b4a749d635337293dd18daf40e6d3caa8e979a48b4868c",
    .scores: "d850324240c2e022d21faf00cff39fb6bc8cf91518359f4c9b0d9b0f94bc8a05",
    .spans: "6e0b373efeae6aaf68edd3ee893ffab3b2e18d4d482b35b909e5b3157f88b503",
    .payouts: "33e87673187e401f81f5dc6f66c7bf0f25cf04d3ed1280eccf4a1d8a9a44f6ef",
    .receipt: "26968301ac9c5b048d743d8c8f34ad3ef4f53a697c5d129e6b0e0ffac767e8be",
  ]

  /// The parts that are not as expected.
  public var deviating: [Part] {
    Part.allCases.filter { digests[$0]?.description != Self.expected[$0] }
  }

  /// One digest over all parts.
  public var digest: Digest {
    SHA256.digest(of: Part.allCases.flatMap { digests[$0]?.bytes ?? [] })
  }

  /// Cost: milliseconds.
  /// - Throws: what the parts throw, which means that they are broken.
  public init() throws {
    var draw = Draw()
    let index = draw.index()
    let queries = (0..<4).map { draw.query(near: index.records[($0 * 70)..<($0 * 70 + 4)]) }
    let found = queries.map { IndexScanner(index).evidence(for: $0) }
    let spans = try SpanIndex(Self.texts).evidence(
      answer: Array(Self.answer.utf8), prompt: Array("What is a tide?".utf8))
    let whole = Evidence(
      influence: found[0], spans: spans, retrieval: Self.retrieval(of: index.records))
    let pay = try Self.pay(whole, index)
    var scores = CanonicalEncoder()
    scores.encode(list: found)
    var asked = CanonicalEncoder()
    asked.encode(list: queries)
    var paid = CanonicalEncoder()
    paid.encode(list: pay.payouts.map(Payout.init))
    paid.encode(pay.refund)
    evidence = whole
    earnings = pay.earnings
    digests = [
      .rows: SHA256.digest(of: index.root.bytes + index.decoyRoot.bytes),
      .queries: SHA256.digest(of: asked.bytes),
      .scores: SHA256.digest(of: scores.bytes),
      .spans: SHA256.digest(of: spans.canonicalBytes),
      .payouts: SHA256.digest(of: paid.bytes),
      .receipt: try Self.receipt(whole, pay).digest,
    ]
  }

  // MARK: - What is paid

  private static let pool = Amount(baseUnits: 1_000_000_007)

  private static let answer =
    "The moon and the sun pull two bulges of water up, and the earth turns below them once a day."

  private static let texts = [
    "What pulls the sea? The moon and the sun pull two bulges of water up on the earth's sides.",
    "How long is a day? The earth turns below them once a day, which is how stars come back.",
    "What is bread? Flour, water, salt and time.",
  ].enumerated().map { place, text in
    SpanRecord(
      record: name(UInt8(place), of: "text"),
      place: CommitPlace(
        height: Height(UInt64(3 - place)), indexInBlock: 0, indexInContribution: 0), text: text)
  }

  private static func retrieval(of records: [IndexedRecord]) -> RetrievalEvidence {
    RetrievalEvidence(
      likelihoods: AnswerLikelihoods(
        base: -91_000_003, adapter: -70_000_001, context: -64_000_002, both: -52_000_000),
      passages: [(40, 9_000_001), (41, -20), (95, 4_000_003)].map {
        RetrievedPassage(record: records[$0.0].record, drop: $0.1)
      })
  }

  /// Three of four groups teach something.
  private static func pay(_ evidence: Evidence, _ index: InfluenceIndex) throws -> ContributorPay {
    let groups = PaidGroups(
      [40_001, 7_003, -5, 12_007].enumerated().map {
        GroupUplift(
          group: name(UInt8($0), of: "group"), contributor: name(UInt8($0) / 2, of: "account"),
          microNats: $1)
      })
    return try ContributorPay.divide(
      pool, evidence: evidence.influence.records, floor: evidence.influence.floor,
      retrieval: evidence.retrieval, among: groups, credit: index.credit(of:),
      passage: index.origin(of:))
  }

  private static func receipt(_ evidence: Evidence, _ pay: ContributorPay) throws -> Receipt {
    guard let key = SigningKey(seed: name(0, of: "payer").bytes) else {
      preconditionFailure("a digest is a seed")
    }
    let order = Order(
      chain: Identifier(name(0, of: "chain")), channel: Identifier(name(0, of: "channel")),
      number: 7, request: name(0, of: "request"), adapter: Identifier(name(0, of: "adapter")),
      rateIn: Amount(baseUnits: 3_000), rateOut: Amount(baseUnits: 9_000),
      terms: name(0, of: "terms"), maximumFee: pool, nonce: name(0, of: "nonce"),
      expiry: BlockTime(milliseconds: 1 << 40), isPublic: false)
    return Receipt(
      order: order.signed(by: key), payer: Identifier(name(0, of: "payer account")),
      server: Identifier(name(0, of: "server")), baseModel: Identifier(name(0, of: "base")),
      run: Identifier(name(0, of: "run")), answer: name(0, of: "answer"),
      answerText: name(0, of: "answer text"), promptText: name(0, of: "prompt text"), tokensIn: 40,
      tokensOut: 24, fee: pool, evidence: evidence, payouts: pay.payouts.map(Payout.init),
      refund: pay.refund)
  }

  fileprivate static func name(_ number: UInt8, of kind: String) -> Digest {
    SHA256.digest(of: Array(kind.utf8) + [number])
  }
}

/// Vectors of a seed, whose floats are exact, rounded as a model's are.
private struct Draw {
  private static let dimension = 1_088
  private var generator = SeededGenerator(seed: 20)

  private mutating func vector() -> [Float] {
    (0..<Self.dimension).map { _ in Float(Int64(generator.next(below: 2_001)) - 1_000) / 1_024 }
  }

  /// 300 rows of 150 records and four groups, and 260 decoys.
  mutating func index() -> InfluenceIndex {
    func row(_ place: Int, _ kind: String, _ vector: [Float]) -> IndexedRecord {
      let record = IntegerFixture.name(UInt8(place / 2), of: kind)
      let group = UInt8(place / 2 % 4)
      return IndexedRecord(
        record: record, chunk: UInt32(place % 2), tokens: UInt32(place % 60 + 1),
        origin: RecordOrigin(
          contributor: IntegerFixture.name(group / 2, of: "account"),
          group: IntegerFixture.name(group, of: "group")),
        row: SignRow(rounding: vector))
    }
    var records: [IndexedRecord] = []
    for place in 0..<300 { records.append(row(place, "record", vector())) }
    var decoys: [IndexedRecord] = []
    for place in 0..<260 { decoys.append(row(place, "decoy", vector())) }
    return InfluenceIndex(dimension: Self.dimension, records: records, decoys: decoys)
  }

  /// A vector whose signs are often those of some rows.
  mutating func query(near records: ArraySlice<IndexedRecord>) -> QueryVector {
    let noise = vector()
    return QueryVector(
      quantising: noise.indices.map { place in
        records.reduce(noise[place]) { sum, record in
          let isPlus = record.row.signs[place / 64] >> UInt64(place % 64) & 1 == 1
          return sum + (isPlus ? 0.5 : -0.5)
        }
      })
  }
}
