import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Primitives
import Testing

@Suite struct RunTextsTests {
  /// The salts that follow from the secret of the specification's example.
  private static let salts = [
    "cd87ebbc71ef9566140e5b6395005797916b9e7bb43a5322d294ac1a25d534b7",
    "cb516c3cf4454012af4ff4b049df6320951499a1fdc1f3038df25972f472a308",
  ].compactMap { Digest(hex: $0) }

  private func text(_ term: String, _ answer: String, index: UInt32) throws -> SnapshotText {
    SnapshotText(
      record: try InstructionRecord(
        term: term, question: "What does \(term) stand for?", answer: answer),
      salt: Self.salts[Int(index)],
      place: CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: index))
  }

  private func example() throws -> [SnapshotText] {
    [
      try text("ARB", "Architecture Review Board", index: 0),
      try text("PR", "Pentium Rating", index: 1),
    ]
  }

  private func manifest(trained: [Digest], decoys: [Digest]) -> RunManifest {
    RunManifest(
      baseWeights: .zero, snapshotRoot: .zero, trained: trained, decoys: decoys, decoyDraw: .zero,
      recipe: TrainingRecipe(epochs: 1, learningRateInMillionths: 1, seed: 1, systemMessage: ""),
      adapter: .zero, adapterSettings: .zero, tracingAdapter: .zero, curvature: .zero,
      index: .zero, texts: .zero,
      codeVersion: "")
  }

  @Test func `the worked example of the specification holds`() throws {
    let texts = try example()
    #expect(
      texts.map(\.digest.description) == [
        "d1d676ed866307510b46177e57e43070859d6d60a31c4f6fde59b12f3e8a8569",
        "1c66b3603300883ef3bcad8febaa4ad1bbb19febfb3c0716f1797ae9be63e1f5",
      ])
    let list = try RunTexts(records: texts.map { TextName($0) }, elsewhere: [])
    #expect(texts[0].text.canonicalBytes.count == 96)
    let blob = "064f7bd589dfa611737137b9f73c105f6d736e47898445e86bc324e38ace3741"
    #expect(texts[0].text.blob.description == blob)
    #expect(list.canonicalBytes.count == 168)
    let digest = "86287b7edd18dc8d7ff89a797ca06eeedeb373b36644bf5758117a5d93d4cb5b"
    #expect(list.digest.description == digest)
    #expect(try RunTexts(canonicalBytes: list.canonicalBytes) == list)
  }

  @Test func `a name opens with its own blob alone`() throws {
    let texts = try example()
    let name = TextName(texts[0])
    #expect(name.opened(texts[0].text.canonicalBytes) == texts[0])
    #expect(name.opened(texts[1].text.canonicalBytes) == nil)
    #expect(name.opened([]) == nil)
    // Whoever lists another record's digest with a text is found out by the text.
    let lied = TextName(place: name.place, record: texts[1].digest, blob: name.blob)
    #expect(lied.opened(texts[0].text.canonicalBytes) == nil)
  }

  @Test func `names out of commit order, or two at one place, or in both lists, are refused`()
    throws
  {
    let names = try example().map { TextName($0) }
    func elsewhere(_ name: TextName) -> ElsewhereText {
      ElsewhereText(text: name, contribution: .zero, siblings: [])
    }
    let wrong: [([TextName], [ElsewhereText])] = [
      ([names[1], names[0]], []), ([names[0], names[0]], []),
      ([], [elsewhere(names[1]), elsewhere(names[0])]), (names, [elsewhere(names[0])]),
    ]
    for (records, besides) in wrong {
      #expect(throws: RunTextsDisordered.self) {
        try RunTexts(records: records, elsewhere: besides)
      }
      var encoder = CanonicalEncoder()
      encoder.encode(list: records)
      encoder.encode(list: besides)
      #expect(throws: CanonicalDecodingError.invalidValue) {
        try RunTexts(canonicalBytes: encoder.bytes)
      }
    }
  }

  @Test func `texts are a run's if they are its records and decoys, no fewer and no others`() throws
  {
    let names = try example().map { TextName($0) }
    let texts = try RunTexts(records: names, elsewhere: [])
    let (one, two) = (names[0].record, names[1].record)
    #expect(texts.isSnapshot(of: manifest(trained: [one, two], decoys: [])))
    #expect(texts.isSnapshot(of: manifest(trained: [two], decoys: [one])))
    #expect(!texts.isSnapshot(of: manifest(trained: [two, one], decoys: [])))
    #expect(!texts.isSnapshot(of: manifest(trained: [one], decoys: [])))
    #expect(!texts.isSnapshot(of: manifest(trained: [one, two], decoys: [.zero])))
    let changed = try RunTexts(
      records: [TextName(try text("ARB", "another", index: 0)), names[1]], elsewhere: [])
    #expect(!changed.isSnapshot(of: manifest(trained: [one, two], decoys: [])))
  }
}
