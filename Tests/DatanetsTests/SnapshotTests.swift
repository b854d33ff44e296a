import AttributionRules
import ClientAPI
import Datanets
import Primitives
import Testing

@Suite struct SnapshotTests {
  @Test(arguments: UInt64(0)..<10)
  func `later copies change neither the heads nor the root`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let honest = try (1...3).map { account in
      try CommittedContribution.fixture(
        records(12, from: &generator), account: account, height: account)
    }
    let before = try Snapshot(honest)
    #expect(before.heads.count == 36)

    let originals = generator.shuffled(honest.flatMap(\.bundle.records))
    let copies = try originals.enumerated().map { index, record in
      let edit = LightEdit.allCases[index % LightEdit.allCases.count]
      return try edit.applied(to: record, using: &generator)
    }
    let copier = try CommittedContribution.fixture(copies, account: 9, height: 9)
    let after = try Snapshot([copier] + honest)

    #expect(after.root == before.root)
    #expect(after.heads == before.heads)
    #expect(after.entries.count == 72)
    // Each copy is filed under the very record it was made from.
    for (entry, original) in zip(after.entries.suffix(36), originals) {
      #expect(before.heads.first { $0.digest == entry.cluster }?.record == original)
      #expect(!entry.isHead)
    }
  }

  @Test(arguments: UInt64(0)..<10)
  func `records dealt over many accounts have the same heads`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let originals = try records(20, from: &generator)
    let copies = try originals.map {
      try LightEdit.oneWordChanged.applied(to: $0, using: &generator)
    }
    let dealt = originals + generator.shuffled(copies)
    let whole = try Snapshot([.fixture(dealt, account: 1, height: 1)])

    var parts: [CommittedContribution] = []
    var rest = dealt[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(1 + Int(generator.next(below: 6))))
      rest = rest.dropFirst(part.count)
      let number = UInt64(parts.count + 1)
      parts.append(try .fixture(part, account: number, height: number))
    }
    let split = try Snapshot(generator.shuffled(parts))
    #expect(split.heads.map(\.record) == whole.heads.map(\.record))
    #expect(whole.heads.map(\.record) == originals)
  }

  @Test func `the commitment that stands first is the head, whoever it belongs to`() throws {
    var generator = SeededGenerator(seed: 4)
    let shared = try records(3, from: &generator)
    let first = try CommittedContribution.fixture(shared, account: 1, height: 5)
    let second = try CommittedContribution.fixture(shared, account: 2, height: 6)
    let snapshot = try Snapshot([second, first])
    #expect(snapshot.heads.map(\.origin) == [first.origin, first.origin, first.origin])
    #expect(
      snapshot.entries.suffix(3).map(\.origin.contributor) == Array(repeating: digest(2), count: 3))
  }

  @Test func `what was committed to another Datanet before is no head here`() throws {
    var generator = SeededGenerator(seed: 6)
    let shared = try records(3, from: &generator)
    let own = try records(2, from: &generator)
    let there = try CommittedContribution.fixture(shared, account: 1, height: 5)
    let here = try CommittedContribution.fixture(shared + own, account: 2, height: 6)
    let snapshot = try Snapshot([here], after: [there])
    #expect(snapshot.heads.map(\.record) == own)
    #expect(snapshot.entries.count == 5)
    #expect(snapshot.entries.prefix(3).map(\.cluster) == there.bundle.recordDigests)
    // Committed later, it changes nothing.
    let later = try CommittedContribution.fixture(shared, account: 1, height: 7)
    #expect(try Snapshot([here], after: [later]) == Snapshot([here]))
  }

  @Test(arguments: UInt64(0)..<10)
  func `a garbled record is a neighbour of its original, wherever that was committed first`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: seed)
    let originals = try records(6, from: &generator)
    let garbled = try originals.map { record in
      let words = record.answer.split(separator: " ").enumerated().map {
        $0.offset % 2 == 0 ? String($0.element) : "\(generator.next(below: 1_000_000_000))"
      }
      return try InstructionRecord(
        term: "x", question: record.question, answer: words.joined(separator: " "))
    }
    let there = try CommittedContribution.fixture(originals, account: 1, height: 5)
    let later = try CommittedContribution.fixture(garbled, account: 2, height: 7)
    for snapshot in [try Snapshot([there, later]), try Snapshot([later], after: [there])] {
      let entries = snapshot.heads.suffix(6)
      #expect(entries.map(\.record) == garbled)
      #expect(
        entries.map { $0.neighbours.map(\.digest) } == there.bundle.recordDigests.map { [$0] })
      #expect(snapshot.heads.dropLast(6).allSatisfy { $0.neighbours.isEmpty })
    }
    // Whoever brings them, and in however many parts, they resemble the same records.
    let dealt = try garbled.enumerated().map { place, record in
      try CommittedContribution.fixture(
        [record], account: UInt64(10 + place), height: UInt64(8 + place))
    }
    #expect(
      try Snapshot(generator.shuffled(dealt) + [there]).heads.suffix(6).map(\.neighbours)
        == Snapshot([there, later]).heads.suffix(6).map(\.neighbours))
    // Committed later elsewhere, the originals are no neighbours.
    let after = try CommittedContribution.fixture(originals, account: 1, height: 9)
    #expect(try Snapshot([later], after: [after]).heads.allSatisfy { $0.neighbours.isEmpty })
  }

  @Test func `the place in the block decides within one block, and must be unique`() throws {
    var generator = SeededGenerator(seed: 5)
    let shared = try records(1, from: &generator)
    func committed(_ account: UInt64, index: UInt32) throws -> CommittedContribution {
      let fixture = try CommittedContribution.fixture(shared, account: account, height: 1)
      return CommittedContribution(
        bundle: fixture.bundle, origin: fixture.origin, height: Height(1),
        indexInBlock: index)
    }
    let snapshot = try Snapshot([committed(1, index: 7), committed(2, index: 3)])
    #expect(snapshot.heads.map(\.origin.contributor) == [digest(2)])

    let failure = #expect(throws: DatanetFailure.self) {
      try Snapshot([committed(1, index: 7), committed(2, index: 7)])
    }
    #expect(failure?.code == .duplicatePosition)
  }

  @Test func `a new record, another owner and another order each change the root`() throws {
    var generator = SeededGenerator(seed: 6)
    let (one, two) = (try records(2, from: &generator), try records(2, from: &generator))
    func root(_ first: [InstructionRecord], _ second: [InstructionRecord], _ account: UInt64 = 1)
      throws
      -> Digest
    {
      try Snapshot([
        .fixture(first, account: account, height: 1), .fixture(second, account: 2, height: 2),
      ]).root
    }
    let roots = [
      try root(one, two), try root(two, one), try root(one, two, 3), try root(one + two, one),
    ]
    #expect(Set(roots).count == 4)
  }

  @Test func `a held-out item is given away by what copies or resembles it, and by nothing else`()
    throws
  {
    var generator = SeededGenerator(seed: 7)
    let trained = try records(5, from: &generator)
    let fresh = try records(5, from: &generator)
    let snapshot = try Snapshot([.fixture(trained, account: 1, height: 1)])
    let leaked = try LightEdit.oneWordChanged.applied(to: trained[2], using: &generator)
    let half = try InstructionRecord(
      term: "x", question: trained[4].question, answer: String(trained[4].answer.prefix(60)))
    let set = try HeldOutSet(
      items: (fresh + [leaked, half]).map { HeldOutItem(domain: "words", record: $0) })
    let digests = snapshot.heads.map(\.digest)
    let alike = set.heads(of: snapshot)
    #expect(alike.prefix(6) == [[], [], [], [], [], [digests[2]]])
    #expect(alike[6].contains(digests[4]))
    #expect(try HeldOutSet(blob: set.blob) == set)
    #expect(throws: DatanetFailure.self) { try HeldOutSet(blob: Array(set.blob.dropLast())) }
  }
}
