internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import Ledger
internal import Primitives

/// What it costs to check a receipt without an engine: its arithmetic, its list by opened rows
/// alone, and its list against the whole index.
struct VerifyBenchmark: Sendable {
  let figures: [AttributionBenchmark.Figure]

  /// Cost: about a KiB of memory a row, and about a tenth of a second a round for 10⁴ rows.
  static func run(rows: Int, rounds: Int) throws -> VerifyBenchmark {
    let index = index(rows: rows)
    var generator = SeededGenerator(seed: 2)
    let query = QueryVector(
      values: (0..<index.dimension).map { _ in Int16(truncatingIfNeeded: generator.next()) })
    let evidence = index.evidence(for: query)
    precondition(evidence.records.count == ContributorPay.longestList, "the list is full")
    let commitment = IndexCommitment(
      root: index.root, count: UInt32(index.records.count), decoyRoot: index.decoyRoot,
      decoyCount: UInt32(index.decoys.count))
    let tree = MerkleTree(leaves: index.records.map(\.canonicalBytes))
    let opened = evidence.records.map { listed in
      let place = index.records.firstPlace(notBefore: listed.name)
      return OpenedRecord(record: index.records[place], proof: tree.proof(ofLeaf: place))
    }

    let payer = payerKey()
    let order = order.signed(by: payer)
    let terms = FeeTerms(platformFee: Amount(baseUnits: 1_000), split: .standard)
    let groups = PaidGroups(
      Set(index.records.map(\.origin)).map {
        GroupUplift(group: $0.group, contributor: $0.contributor, microNats: 1_000)
      })

    var arithmetic: [Double] = []
    var listed: [Double] = []
    var whole: [Double] = []
    for _ in 0..<rounds {
      arithmetic.append(
        try Cost.of(1) {
          precondition(order.isSigned(by: payer.publicKey), "the order is signed")
          let parts = try terms.feeParts(of: order.order, tokensIn: 300, tokensOut: 100)
          let pay = try ContributorPay.divide(
            parts.contributors, evidence: evidence.records, floor: evidence.floor, among: groups,
            credit: index.credit(of:))
          precondition(!pay.payouts.isEmpty, "somebody is paid")
        }.processorSecondsEach)
      listed.append(
        Cost.of(1) {
          let fault = evidence.fault(listing: opened, index: commitment)
          precondition(fault == nil, "the evidence is honest")
        }.processorSecondsEach)
      whole.append(
        Cost.of(1) {
          let own = index.evidence(for: query)
          precondition(own.records == evidence.records, "the evidence is honest")
        }.processorSecondsEach)
    }
    return VerifyBenchmark(figures: [
      .milliseconds(
        "verify_ms", listed, "256 listed rows among \(rows): rows, Merkle paths, scores, order"),
      .milliseconds(
        "verify_arithmetic_ms", arithmetic, "level 1: signature, fee, division of the pool"),
      .milliseconds("verify_omissions_ms", whole, "every row scored, so that none is left out"),
    ])
  }

  private static func payerKey() -> SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: 1, count: 32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    return key
  }

  private static let order = Order(
    chain: Identifier(.zero), channel: Identifier(.zero), number: 1, request: .zero,
    adapter: Identifier(.zero), rateIn: Amount(baseUnits: 1_000_000),
    rateOut: Amount(baseUnits: 4_000_000), terms: .zero,
    maximumFee: Amount(baseUnits: 1_000_000_000), nonce: .zero,
    expiry: BlockTime(milliseconds: 1), isPublic: true)

  /// Random rows of 8,192 signs, of 64 contributions; decoys are as quiet as to leave a full list above the floor.
  private static func index(rows count: Int) -> InfluenceIndex {
    var generator = SeededGenerator(seed: 1)
    let dimension = QueryVector.largestDimension
    func digest() -> Digest {
      let bytes = (0..<4).flatMap { _ in
        let word: UInt64 = generator.next()
        return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
      }
      guard let digest = Digest(bytes: bytes) else { preconditionFailure("32 bytes are a digest") }
      return digest
    }
    let origins = (0..<64).map { _ in RecordOrigin(contributor: digest(), group: digest()) }
    func row(scale: UInt32) -> IndexedRecord {
      IndexedRecord(
        record: digest(), tokens: 64, origin: origins[Int(generator.next(below: 64))],
        row: SignRow(signs: (0..<dimension / 64).map { _ in generator.next() }, scale: scale))
    }
    func rows(_ count: Int, scale: UInt32) -> [IndexedRecord] {
      (0..<count).map { _ in row(scale: scale) }.sorted { $0.name < $1.name }
    }
    return InfluenceIndex(
      dimension: dimension, records: rows(count, scale: 1 << 20),
      decoys: rows(256, scale: 1 << 16))
  }
}

extension AttributionBenchmark.Figure {
  /// The median of some rounds, and their extremes.
  fileprivate static func milliseconds(
    _ name: String, _ rounds: [Double], _ meaning: String
  ) -> AttributionBenchmark.Figure {
    let sorted = rounds.map { $0 * 1000 }.sorted()
    return .init(
      name: name, value: sorted[sorted.count / 2],
      interval: (sorted[0], sorted[sorted.count - 1]), meaning: meaning)
  }
}
