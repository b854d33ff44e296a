import ClientAPI
import Cryptography
import Foundation
import LanguageModels
import Primitives
import Testing

@testable import Attribution

/// Counts words into a few buckets: alike are texts that share words.
private struct BucketEncoder: SentenceEncoding {
  var dimension = 32

  func vectors(for texts: [String]) async throws -> [[Float]] {
    texts.map { text in
      var counts = [Float](repeating: 0, count: dimension)
      for word in text.lowercased().split(separator: " ") {
        counts[Int(word.utf8.reduce(7 as UInt64) { $0 &* 31 &+ UInt64($1) } % UInt64(dimension))] +=
          1
      }
      let length = counts.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? counts.map { $0 / length } : counts
    }
  }
}

private struct Broken: SentenceEncoding, Error {
  let dimension = 32
  func vectors(for texts: [String]) async throws -> [[Float]] { throw self }
}

@Suite struct PassageIndexTests {
  private let path = FileManager.default.temporaryDirectory
    .appending(path: "whence-\(UUID().uuidString).passages").path

  private func passage(_ text: String) -> Passage {
    Passage(record: SHA256.digest(of: Array(text.utf8)), text: text)
  }

  private func open(
    _ encoder: any SentenceEncoding = BucketEncoder(), capacity: Int = 1000, exactLimit: Int = 1000
  ) throws -> PassageIndex {
    try PassageIndex(path: path, encoder: encoder, capacity: capacity, exactLimit: exactLimit)
  }

  private let texts = [
    "the kettle boils water in four minutes", "the lighthouse keeper counts ships at dawn",
    "granite is an igneous rock", "bread rises because yeast makes gas",
    "the tide follows the moon", "copper conducts heat better than iron",
  ]

  @Test func `a question finds the passage that shares its words first`() async throws {
    let index = try open()
    try await index.add(texts.map(passage))
    #expect(await index.count == 6)
    let found = try await index.search("why does bread rise with yeast", count: 2)
    #expect(found.count == 2)
    #expect(found.first == passage(texts[3]))
  }

  @Test func `a record is in once, however often it is added`() async throws {
    let index = try open()
    try await index.add([passage("one"), passage("one"), passage("two")])
    try await index.add([passage("two"), passage("three")])
    #expect(await index.count == 3)
  }

  @Test func `what was added is found after opening again`() async throws {
    try await open().add(texts.map(passage))
    for exactLimit in [1000, 2] {
      let index = try open(exactLimit: exactLimit)
      #expect(await index.count == 6)
      #expect(try await index.search("granite rock", count: 1) == [passage(texts[2])])
      try await index.add([passage("basalt rock \(exactLimit)")])
      try await index.withdraw([passage("basalt rock \(exactLimit)").record])
    }
  }

  @Test func `a withdrawn passage is found no more, and its file holds none of its words`()
    async throws
  {
    let index = try open()
    try await index.add(texts.map(passage) + [passage("the unforgettable xylophone")])
    func holds(_ word: String) -> Bool {
      [path, path + "-wal"].contains { name in
        FileManager.default.contents(atPath: name)?.firstRange(of: Data(word.utf8)) != nil
      }
    }
    #expect(holds("xylophone"))
    try await index.withdraw([passage("the unforgettable xylophone").record])
    #expect(!holds("xylophone") && !holds("unforgett"))
    #expect(await index.count == 6)
    let found = try await index.search("unforgettable xylophone", count: 16)
    #expect(!found.contains { $0.text.contains("xylophone") })
    #expect(found.count == 6)
    #expect(try await open().search("xylophone", count: 16).count == 6)
  }

  @Test func `withdrawing what isn't there changes nothing`() async throws {
    let index = try open()
    try await index.add([passage("one")])
    try await index.withdraw([passage("two").record])
    #expect(await index.count == 1)
  }

  @Test func `no question is an error, and an empty index answers none`() async throws {
    let index = try open()
    #expect(try await index.search("anything", count: 4).isEmpty)
    try await index.add(texts.map(passage))
    for question in ["", "\"", "NEAR(", "a\0b", "* ) AND", "😀", "-- ; DROP TABLE passage"] {
      #expect(try await index.search(question, count: 4).count == 4, "\(question.debugDescription)")
    }
  }

  @Test func `a text keeps every byte`() async throws {
    let index = try open()
    let text = "zero\0byte, \u{301}accent,\r\nlines 😀"
    try await index.add([passage(text)])
    let found = try await index.search("zero", count: 1)
    #expect(found.first.map { Array($0.text.utf8) } == Array(text.utf8))
  }

  @Test func `a full index refuses more, and keeps what it has`() async throws {
    let index = try open(capacity: 3)
    try await index.add(texts.prefix(3).map(passage))
    let failure = await #expect(throws: AttributionFailure.self) {
      try await index.add([passage("one more")])
    }
    #expect(failure?.code == .passagesTooMany)
    #expect(try await index.search("kettle", count: 1) == [passage(texts[0])])
  }

  @Test func `a file of another encoder is refused`() async throws {
    try await open().add([passage("one")])
    let failure = #expect(throws: AttributionFailure.self) {
      try open(BucketEncoder(dimension: 16))
    }
    #expect(failure?.code == .passagesCorrupt)
  }

  @Test func `a failing encoder leaves the index as it was`() async throws {
    let index = try open(Broken())
    await #expect(throws: Broken.self) { try await index.add([passage("one")]) }
    #expect(await index.count == 0)
  }
}
