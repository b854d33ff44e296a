import AttributionRules
import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Primitives
import Testing

@testable import Attribution

/// The real encoder on the story's records and questions that say the same in other words.
@Suite struct RealRetrievalTests {
  private struct Entry: Decodable {
    let question: String
    let answer: String

    var passage: Passage {
      let text = "\(question)\n\(answer)"
      return Passage(record: SHA256.digest(of: Array(text.utf8)), text: text)
    }
  }

  private static let downloads = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".deps")

  private static let encoder = Result {
    try SentenceEncoder(folder: downloads.appending(path: "minilm").path())
  }

  private func entries(_ name: String) throws -> [Entry] {
    let file = Self.downloads.appending(path: "corpora/story/\(name).jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
    }
  }

  private func records() throws -> [Passage] {
    try ["acronyms", "computing", "diagnoses", "wildlife", "words"].flatMap { try entries($0) }
      .map(\.passage)
  }

  @Test func `a reworded question finds its record`() async throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "whence-\(UUID().uuidString).passages").path
    let index = try PassageIndex(path: path, encoder: Self.encoder.get())
    try await index.add(records())
    let questions = try entries("heldout-reworded").enumerated()
      .filter { $0.offset.isMultiple(of: 8) }.map(\.element)
    var first = 0
    var among = 0
    for question in questions {
      let found = try await index.search(question.question, count: 4)
      if found.first?.text.hasSuffix(question.answer) == true { first += 1 }
      if found.contains(where: { $0.text.hasSuffix(question.answer) }) { among += 1 }
    }
    #expect(among >= questions.count * 95 / 100, "\(among) of \(questions.count)")
    #expect(first >= questions.count * 85 / 100, "\(first) of \(questions.count)")
  }

  @Test func `the graph finds nearly all that comparing finds among real sentences`() async throws {
    let encoder = try Self.encoder.get()
    let vectors = try await encoder.vectors(for: records().prefix(200).map(\.text))
    var exact = VectorIndex(dimension: encoder.dimension)
    var graph = VectorIndex(dimension: encoder.dimension, exactLimit: 10)
    for (label, vector) in vectors.enumerated() {
      try exact.add(CoarseVector(vector), label: Int64(label))
      try graph.add(CoarseVector(vector), label: Int64(label))
    }
    let questions = try entries("heldout-unseen").prefix(20).map(\.question)
    var found = 0
    for query in try await encoder.vectors(for: Array(questions)).map(CoarseVector.init) {
      let wanted = Set(try exact.nearest(to: query, count: 16))
      found += wanted.intersection(try graph.nearest(to: query, count: 16)).count
    }
    #expect(found >= questions.count * 16 * 98 / 100, "\(found) of \(questions.count * 16)")
  }

  /// One contributor a domain, each with an open gate and with one group.
  private func pay(
    _ evidence: RetrievalEvidence, domains: [(name: String, records: Set<Digest>)]
  ) throws -> ContributorPay {
    func account(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }
    return try ContributorPay.divide(
      Amount(baseUnits: 1_000_000), evidence: [], floor: 0, retrieval: evidence,
      among: PaidGroups(
        domains.map {
          GroupUplift(group: account($0.name), contributor: account($0.name), microNats: 1)
        }), credit: { _ in nil },
      passage: { record in
        domains.first { $0.records.contains(record) }.map {
          RecordOrigin(contributor: account($0.name), group: account($0.name))
        }
      })
  }

  @Test
  func `a record that holds the answer makes it likelier, and its contributor is paid for it`()
    async throws
  {
    let engine = try LanguageEngine(
      modelPath: Self.downloads.appending(path: "model/SmolLM2-135M-Instruct.Q4_1.gguf").path())
    let adapter = try await engine.load(
      LoRAAdapter(fresh: engine.configuration, rank: 2, alpha: 4, seed: 0))
    let index = try PassageIndex(
      path: FileManager.default.temporaryDirectory
        .appending(path: "whence-\(UUID().uuidString).passages").path,
      encoder: Self.encoder.get())
    let domains = try ["acronyms", "computing", "diagnoses", "wildlife", "words"].map {
      (name: $0, records: try entries($0).prefix(40).map(\.passage))
    }
    try await index.add(domains.flatMap(\.records))
    var known: [String: String] = [:]
    for domain in domains {
      for entry in try entries(domain.name).prefix(40) { known[entry.answer] = domain.name }
    }
    let questions = try entries("heldout-reworded").filter { known[$0.answer] != nil }.prefix(5)
    try #require(questions.count == 5)

    var rightFirst = 0
    for question in questions {
      let found = try await index.search(question.question, count: 3)
      func prompt(_ passages: [Passage], leavingOut leftOut: Int? = nil) throws -> [Int32] {
        let messages = PassageContext(passages.map(\.text))
          .put(into: [.init(role: .user, content: question.question)], leavingOut: leftOut)
        return try engine.template.tokens(
          for: messages.map { ChatMessage(role: .user, content: $0.content) })
      }
      let evidence = try await RetrievalTracing(engine: engine, adapter: adapter).evidence(
        records: found.map(\.record),
        prompts: .init(
          plain: try prompt([]), whole: try prompt(found),
          shortened: try found.indices.map { try prompt(found, leavingOut: $0) }),
        answer: engine.tokenizer.encode(question.answer))
      let right = try #require(found.firstIndex { $0.text.hasSuffix("\n" + question.answer) })
      let told = evidence.likelihoods
      #expect(told.both > told.adapter + 1_000_000, "\(question.question): \(told)")
      let drops = evidence.passages.map(\.drop)
      #expect(drops[right] > 0, "\(question.question): \(drops)")
      if drops[right] == drops.max() { rightFirst += 1 }

      // The fresh adapter adds nothing: the pool is retrieval's.
      #expect(told.base == told.adapter && told.context == told.both)
      let earnings = try pay(
        evidence, domains: domains.map { ($0.name, Set($0.records.map(\.record))) }
      ).earnings
      let paid = try #require(earnings.first { $0.cause == .passage(found[right].record) })
      #expect(paid.amount.baseUnits > 300_000)
      #expect(paid.contributor == SHA256.digest(of: Array((known[question.answer] ?? "").utf8)))
    }
    #expect(rightFirst == questions.count)
  }
}
