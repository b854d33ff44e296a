import AttributionRules
import CanonicalCoding
import ClientAPI
import Datanets
import Primitives
import Testing

/// What a snapshot publishes is enough to derive what it knew of neighbours.
@Suite struct PublicationTests {
  /// A snapshot of records that are partly like others: some of its own, some of other Datanets.
  private func mixed(
    seed: UInt64
  ) throws -> (snapshot: Snapshot, there: [CommittedContribution]) {
    var generator = SeededGenerator(seed: seed)
    func garbled(_ records: [InstructionRecord]) throws -> [InstructionRecord] {
      try records.map { record in
        let words = record.answer.split(separator: " ").enumerated().map {
          $0.offset % 2 == 0 ? String($0.element) : "\(generator.next(below: 1_000_000_000))"
        }
        return try InstructionRecord(
          term: "x", question: record.question, answer: words.joined(separator: " "))
      }
    }
    let originals = try records(6, from: &generator)
    let others = try records(5, from: &generator)
    // So many like one that not all can be its neighbours.
    let crowd = try (0..<11).map { _ in try garbled([originals[0]])[0] }
    let there = [
      try CommittedContribution.fixture(originals, account: 1, height: 5),
      try CommittedContribution.fixture(crowd + others, account: 2, height: 6),
      try CommittedContribution.fixture(try garbled(others), account: 3, height: 20),
    ]
    let here = [
      try CommittedContribution.fixture(
        try garbled(Array(originals[..<4])) + records(3, from: &generator), account: 4, height: 7),
      try CommittedContribution.fixture(
        try garbled(Array(originals[2...])) + [originals[5]], account: 5, height: 9),
    ]
    return (try Snapshot(here, after: there), there)
  }

  private func opened(_ snapshot: Snapshot) throws -> (own: SnapshotTexts, elsewhere: SnapshotTexts)
  {
    let (list, published) = try snapshot.publication
    var blobs: [Digest: [UInt8]] = [:]
    for text in published { blobs[text.blob] = text.canonicalBytes }
    #expect(Set(blobs.keys) == Set(list.blobs))
    func texts(_ names: [TextName]) -> SnapshotTexts {
      SnapshotTexts(names.compactMap { name in blobs[name.blob].flatMap(name.opened) })
    }
    return (texts(list.records), texts(list.elsewhere.map(\.text)))
  }

  @Test(arguments: UInt64(0)..<8)
  func `anybody derives each record's neighbours from what is published`(seed: UInt64) throws {
    let (snapshot, _) = try mixed(seed: seed)
    let published = try opened(snapshot)
    #expect(published.own.texts == snapshot.heads.map(\.text))
    #expect(!published.elsewhere.texts.isEmpty)
    let neighbours = try TextNeighbours(of: published.own, elsewhere: published.elsewhere)
    for head in snapshot.heads { #expect(neighbours[head.digest] == head.neighbours) }
    #expect(snapshot.heads.contains { $0.neighbours.count == NeighbourSearch.most })
  }

  @Test func `each listed elsewhere is proved to be a record of its contribution`() throws {
    let (snapshot, there) = try mixed(seed: 1)
    for listed in snapshot.elsewhere {
      let home = try #require(there.first { $0.origin.group == listed.contribution })
      let (root, count) = (home.bundle.recordsRoot, UInt32(home.bundle.records.count))
      #expect(listed.isRecord(under: root, count: count))
      #expect(!listed.isRecord(under: root, count: count + 9))
      #expect(!listed.isRecord(under: .zero, count: count))
      #expect(home.bundle.recordDigests.contains(listed.text.record))
    }
  }

  @Test func `a copy in the lists, and a record besides that none is like, are found`() throws {
    let (snapshot, there) = try mixed(seed: 2)
    let (own, elsewhere) = try opened(snapshot)
    let first = there[0].bundle
    func text(_ record: InstructionRecord, height: UInt64) -> SnapshotText {
      SnapshotText(
        record: record, salt: digest(height),
        place: CommitPlace(height: Height(height), indexInBlock: 9, indexInContribution: 0))
    }
    let copy = text(first.records[0], height: 90)
    #expect(throws: RunTextsFault.recordCopied(copy.digest)) {
      try TextNeighbours(of: SnapshotTexts(own.texts + [copy]), elsewhere: elsewhere)
    }
    var generator = SeededGenerator(seed: 77)
    let stranger = text(try records(1, from: &generator)[0], height: 91)
    #expect(throws: RunTextsFault.neighbourNeedless(stranger.digest)) {
      try TextNeighbours(of: own, elsewhere: SnapshotTexts(elsewhere.texts + [stranger]))
    }
  }
}
