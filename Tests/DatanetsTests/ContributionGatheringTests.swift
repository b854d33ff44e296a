import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Datanets
import Foundation
import Ledger
import Networking
import NodeHTTP
import Primitives
import Synchronization
import TestKit
import Testing

/// What a node publishes; a test may take some of it away.
private final class Shelf: BlobSource {
  private let blobs = Mutex<[Digest: [UInt8]]>([:])
  /// Blobs that can't be given, as one that is too long for any client.
  private let refused = Mutex<Set<Digest>>([])

  @discardableResult
  func put(_ bytes: [UInt8]) -> Digest {
    let digest = SHA256.digest(of: bytes)
    blobs.withLock { $0[digest] = bytes }
    return digest
  }

  func remove(_ digest: Digest) { blobs.withLock { $0[digest] = nil } }
  func refuse(_ digest: Digest) { refused.withLock { _ = $0.insert(digest) } }

  func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]? {
    guard !(refused.withLock { $0.contains(digest) }) else {
      throw InferenceFailure(.unavailable, "it can't be read")
    }
    return blobs.withLock { $0[digest] }
  }
}

/// Two Datanets of one chain on a node that serves no model, asked over HTTP.
private struct Chain {
  static let people = (UInt8(1)...4).compactMap {
    SigningKey(seed: [UInt8](repeating: $0, count: 32))
  }

  let ledger: MemoryLedger
  let shelf = Shelf()
  let datanets: [Identifier<Datanet>]

  init() async throws {
    ledger = try MemoryLedger(
      Genesis(
        name: "datanets", symbol: "WHN", time: BlockTime(milliseconds: 1_000_000),
        allocations: Self.people.map {
          Allocation(publicKey: $0.publicKey, amount: Amount(baseUnits: 1_000_000))
        }.sorted { $0.publicKey < $1.publicKey },
        parameters: LedgerParameters(
          accounts: AccountParameters(minimumGasPrice: .zero),
          datanets: DatanetParameters(
            minimumBond: .zero, minimumCuratorBond: .zero, curatorsRequired: 1,
            bondWindow: Window(milliseconds: 1000, blocks: 2),
            revealWindow: Window(milliseconds: 1000, blocks: 2)))))
    var datanets: [Identifier<Datanet>] = []
    for (name, owner) in zip(["one", "two"], Self.people) {
      datanets.append(
        try await Self.send(
          .createDatanet(
            CreateDatanet(
              name: name, type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
              floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), by: owner, on: ledger)
      )
    }
    self.datanets = datanets
  }

  static func send<Subject: CreatedSubject>(
    _ message: Message, by key: SigningKey, on ledger: MemoryLedger
  ) async throws -> Identifier<Subject> {
    let sequence = try await ledger.nextSequence(of: Identifier(key.publicKey))
    #expect(try await ledger.send(message, by: key).rejection == nil)
    return Identifier(creator: Identifier(key.publicKey), sequence: sequence)
  }

  /// Commits and reveals; what the node then has may be other bytes.
  func contribute(
    _ records: [InstructionRecord], to datanet: Int, by person: Int, secret: UInt64
  ) async throws -> Identifier<Contribution> {
    let key = Self.people[person]
    let bundle = try ContributionBundle(records: records, secret: digest(secret))
    let id: Identifier<Contribution> = try await Self.send(
      .commitContribution(
        CommitContribution(
          datanet: datanets[datanet],
          commitment: CommitContribution.commitment(
            contributor: Identifier(key.publicKey), salt: bundle.commitmentSalt,
            recordsRoot: bundle.recordsRoot))), by: key, on: ledger)
    let outcome = try await ledger.send(
      .revealContribution(
        RevealContribution(
          contribution: id, salt: bundle.commitmentSalt, recordsRoot: bundle.recordsRoot,
          recordCount: UInt32(records.count), blob: shelf.put(bundle.blob))), by: key)
    #expect(outcome.rejection == nil)
    return id
  }

  func blob(of id: Identifier<Contribution>) async throws -> Digest {
    try #require(try await ledger.record(.contribution(id))?.content?.blob)
  }

  /// Gathers through the node's API.
  func gathered(
    _ contributions: [Identifier<Contribution>], byteMaximum: Int = 1 << 20
  ) async throws -> ContributionGathering.Gathered {
    let server = try HTTPServer(
      port: 0, handler: NodeRoutes(ledger: ledger, inference: nil, blobs: shelf).handler)
    let base = "http://127.0.0.1:\(server.port)"
    // Other tests may hold both cores for minutes.
    var limits = HTTPClient.Limits()
    limits.idleTimeout = .seconds(900)
    let client = HTTPClient(limits: limits)
    do {
      let gathered = try await ContributionGathering(
        ledger: HTTPLedgerClient(base: base, client: client),
        blobs: HTTPInferenceClient(base: base, client: client), byteMaximum: byteMaximum
      ).snapshot(of: contributions)
      await server.stop()
      return gathered
    } catch {
      await server.stop()
      throw error
    }
  }
}

@Suite struct ContributionGatheringTests {
  @Test func `who was first in another Datanet is first, and what is partly alike is taken along`()
    async throws
  {
    let chain = try await Chain()
    var generator = SeededGenerator(seed: 3)
    let originals = try records(4, from: &generator)
    var words = originals[1].answer.split(separator: " ").map(String.init)
    for place in stride(from: 1, to: words.count, by: 2) { words[place] = "w\(place)w" }
    let alike = try InstructionRecord(
      term: "x", question: originals[1].question, answer: words.joined(separator: " "))
    let there = try await chain.contribute(originals, to: 0, by: 2, secret: 1)
    let here = try await chain.contribute(
      [originals[0], alike] + records(2, from: &generator), to: 1, by: 3, secret: 2)
    let later = try await chain.contribute(
      records(2, from: &generator), to: 0, by: 2, secret: 3)

    let gathered = try await chain.gathered([here])
    #expect(gathered.unread.isEmpty)
    let entries = gathered.snapshot.entries
    #expect(entries.map(\.isHead) == [false, true, true, true])
    #expect(entries.map { $0.origin.group } == [UInt8](0..<4).map { _ in here.digest })
    #expect(gathered.snapshot.elsewhere.map(\.contribution) == [there.digest])
    #expect(gathered.snapshot.elsewhere.map(\.text.place.indexInContribution) == [1])
    #expect(entries[1].neighbours.map(\.record) == [originals[1]])

    // Whoever came first takes nothing from later ones, nor does what came after a snapshot's last.
    #expect(try await chain.gathered([there]).snapshot.heads.count == 4)
    let both = try await chain.gathered([later, there])
    #expect(both.snapshot.heads.count == 6)
  }

  @Test func `who is left out of a version of the same Datanet stays first`() async throws {
    let chain = try await Chain()
    var generator = SeededGenerator(seed: 4)
    let originals = try records(3, from: &generator)
    _ = try await chain.contribute(originals, to: 0, by: 2, secret: 1)
    let copied = try await chain.contribute(
      originals + records(1, from: &generator), to: 0, by: 3, secret: 2)
    #expect(try await chain.gathered([copied]).snapshot.heads.count == 1)
  }

  @Test func `what can't be had is named, and gives nobody priority`() async throws {
    let chain = try await Chain()
    var generator = SeededGenerator(seed: 5)
    let originals = try (0..<4).map { _ in try records(2, from: &generator) }
    var there: [Identifier<Contribution>] = []
    for (number, records) in originals.enumerated() {
      there.append(
        try await chain.contribute(records, to: 0, by: 2, secret: UInt64(number)))
    }
    let here = try await chain.contribute(Array(originals.joined()), to: 1, by: 3, secret: 9)
    #expect(try await chain.gathered([here]).snapshot.heads.isEmpty)

    chain.shelf.remove(try await chain.blob(of: there[0]))
    chain.shelf.refuse(try await chain.blob(of: there[2]))
    let gathered = try await chain.gathered([here])
    #expect(gathered.unread.map(\.contribution) == [there[0], there[2]])
    #expect(gathered.unread.map(\.reason) == [.missing, .missing])
    #expect(gathered.snapshot.heads.map(\.record) == originals[0] + originals[2])

    // The memory that a snapshot takes is bounded: its own come first, then the earliest.
    let size = try #require(try await chain.shelf.blob(chain.blob(of: here))).count
    let next = try #require(try await chain.shelf.blob(chain.blob(of: there[1]))).count
    let bounded = try await chain.gathered([here], byteMaximum: size + next)
    #expect(bounded.unread.map(\.reason) == [.missing, .missing, .tooMuch])

    chain.shelf.remove(try await chain.blob(of: here))
    let failure = await #expect(throws: DatanetFailure.self) { try await chain.gathered([here]) }
    #expect(failure?.code == .contributionUnread)
  }

  @Test func `what holds other records than were revealed is not taken`() async throws {
    let chain = try await Chain()
    var generator = SeededGenerator(seed: 6)
    let originals = try records(2, from: &generator)
    let bundle = try ContributionBundle(records: originals, secret: digest(1))
    let key = Chain.people[2]
    // A contributor reveals another blob than that of the records which he committed to.
    let other = try ContributionBundle(records: try records(2, from: &generator), secret: digest(2))
    let lying: Identifier<Contribution> = try await Chain.send(
      .commitContribution(
        CommitContribution(
          datanet: chain.datanets[0],
          commitment: CommitContribution.commitment(
            contributor: Identifier(key.publicKey), salt: bundle.commitmentSalt,
            recordsRoot: bundle.recordsRoot))), by: key, on: chain.ledger)
    #expect(
      try await chain.ledger.send(
        .revealContribution(
          RevealContribution(
            contribution: lying, salt: bundle.commitmentSalt, recordsRoot: bundle.recordsRoot,
            recordCount: 2, blob: chain.shelf.put(other.blob))), by: key
      ).rejection == nil)
    let here = try await chain.contribute(other.records, to: 1, by: 3, secret: 9)
    let gathered = try await chain.gathered([here])
    #expect(gathered.unread.map(\.contribution) == [lying])
    #expect(gathered.unread.map(\.reason) == [.wrong])
    #expect(gathered.snapshot.heads.count == 2)
  }
}
