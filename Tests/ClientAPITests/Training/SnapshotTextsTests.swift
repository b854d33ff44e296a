import AttributionRules
import CanonicalCoding
import ClientAPI
import Cryptography
import Primitives
import Testing

@Suite struct SnapshotTextsTests {
  /// The salts that follow from the secret of the specification's example.
  private static let salts = [
    "cd87ebbc71ef9566140e5b6395005797916b9e7bb43a5322d294ac1a25d534b7",
    "cb516c3cf4454012af4ff4b049df6320951499a1fdc1f3038df25972f472a308",
  ].compactMap { Digest(hex: $0) }

  private func text(_ term: String, _ answer: String, index: UInt32, height: Height = Height(1))
    throws -> SnapshotText
  {
    SnapshotText(
      record: try InstructionRecord(
        term: term, question: "What does \(term) stand for?", answer: answer),
      salt: Self.salts[Int(index)],
      place: CommitPlace(height: height, indexInBlock: 0, indexInContribution: index))
  }

  private func example() throws -> SnapshotTexts {
    try SnapshotTexts([
      text("ARB", "Architecture Review Board", index: 0), text("PR", "Pentium Rating", index: 1),
    ])
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
      texts.texts.map(\.digest.description) == [
        "d1d676ed866307510b46177e57e43070859d6d60a31c4f6fde59b12f3e8a8569",
        "1c66b3603300883ef3bcad8febaa4ad1bbb19febfb3c0716f1797ae9be63e1f5",
      ])
    let digest = "d93c60e101435ebc5b6938c07a4fdfae49c9fe4f1adb49b622899e5ba79c0f4a"
    #expect(texts.digest.description == digest)
    let read = try SnapshotTexts(canonicalBytes: texts.canonicalBytes)
    #expect(read == texts)
    #expect(read[texts.texts[1].digest]?.record.answer == "Pentium Rating")
    #expect(read[.zero] == nil)
  }

  @Test func `texts out of commit order, or two at one place, are refused`() throws {
    let texts = try example().texts
    for wrong in [[texts[1], texts[0]], [texts[0], texts[0]]] {
      #expect(throws: SnapshotTextsUnordered.self) { try SnapshotTexts(wrong) }
      var encoder = CanonicalEncoder()
      encoder.encode(list: wrong)
      #expect(throws: CanonicalDecodingError.invalidValue) {
        try SnapshotTexts(canonicalBytes: encoder.bytes)
      }
    }
  }

  @Test func `texts are a run's if they are its records and decoys, no fewer and no others`() throws
  {
    let texts = try example()
    let (one, two) = (texts.texts[0].digest, texts.texts[1].digest)
    #expect(texts.isSnapshot(of: manifest(trained: [one, two], decoys: [])))
    #expect(texts.isSnapshot(of: manifest(trained: [two], decoys: [one])))
    #expect(!texts.isSnapshot(of: manifest(trained: [two, one], decoys: [])))
    #expect(!texts.isSnapshot(of: manifest(trained: [one], decoys: [])))
    #expect(!texts.isSnapshot(of: manifest(trained: [one, two], decoys: [.zero])))
    let changed = try SnapshotTexts([text("ARB", "another", index: 0), texts.texts[1]])
    #expect(!changed.isSnapshot(of: manifest(trained: [one, two], decoys: [])))
  }
}
