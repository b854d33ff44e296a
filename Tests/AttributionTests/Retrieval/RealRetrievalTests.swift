import ClientAPI
import Cryptography
import Foundation
import LanguageModels
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
}
