import AttributionRules
import CanonicalCoding
import ClientAPI
import ModelFactory
import Primitives
import Testing

@Suite struct RunManifestTests {
  static func digest(_ number: UInt8) -> Digest {
    Digest(bytes: [UInt8](repeating: number, count: 32)) ?? .zero
  }

  static let recipe = TrainingRecipe(
    epochs: 8, learningRateInMillionths: 2000, seed: 7, systemMessage: "Answer in one short line.")

  @Test func `a manifest survives its encoding and its digest binds every field`() throws {
    let manifest = RunManifest(
      baseWeights: Self.digest(1), snapshotRoot: Self.digest(2),
      trained: [Self.digest(3), Self.digest(4)], decoys: [Self.digest(5)],
      decoyDraw: Self.digest(6), recipe: Self.recipe, adapter: Self.digest(7),
      adapterSettings: Self.digest(10), tracingAdapter: Self.digest(11),
      curvature: Self.digest(8), index: Self.digest(9), texts: Self.digest(12), codeVersion: "0.1")
    #expect(try RunManifest(canonicalBytes: manifest.canonicalBytes) == manifest)
    #expect(manifest.artifacts == [7, 10, 11, 8, 9, 12].map(Self.digest))
    var changed = manifest
    changed.recipe.seed = 8
    #expect(changed.digest != manifest.digest)
  }

  @Test func `steps follow from epochs and batches, the last one possibly short`() {
    #expect(Self.recipe.stepCount(records: 9) == 24)
    #expect(Self.recipe.stepCount(records: 8) == 16)
  }

  @Test func `gradients are taken after a third of the steps and at most half an epoch`() {
    // Half of the first of eight epochs is shorter than a third; of a single one it is longer.
    #expect(Self.recipe.tracingStep(records: 9) == 2)
    #expect(Self.recipe.tracingStep(records: 1) == 1)
    var short = Self.recipe
    short.epochs = 1
    #expect(short.tracingStep(records: 48) == 4)
  }

  @Test func `a later block draws the decoys, and anyone can repeat the draw`() {
    let records = (0..<40).map {
      TrainingRecord(
        digest: Self.digest(UInt8($0)),
        origin: RecordOrigin(contributor: Self.digest(1), group: Self.digest(2)),
        text: QuestionAnswer(question: "\($0)", answer: "\($0)"))
    }
    let one = DecoyDraw(block: Self.digest(9)).divide(records, decoys: 12)
    let two = DecoyDraw(block: Self.digest(9)).divide(records, decoys: 12)
    let other = DecoyDraw(block: Self.digest(10)).divide(records, decoys: 12)
    #expect(one.decoys == two.decoys && one.trained == two.trained)
    #expect(one.decoys != other.decoys)
    #expect(one.decoys.count == 12)
    #expect(
      (one.trained + one.decoys).sorted { $0.digest < $1.digest }
        == records.sorted { $0.digest < $1.digest })
  }

  @Test func `a record that is added moves at most one other`() {
    let records = (0..<40).map {
      TrainingRecord(
        digest: Self.digest(UInt8($0)),
        origin: RecordOrigin(contributor: Self.digest(1), group: Self.digest(2)),
        text: QuestionAnswer(question: "\($0)", answer: "\($0)"))
    }
    for count in 1..<40 {
      let draw = DecoyDraw(block: Self.digest(9))
      let before = Set(draw.divide(Array(records[..<39]), decoys: count).decoys)
      let after = Set(draw.divide(records, decoys: count).decoys)
      #expect(before.subtracting(after).count <= 1)
      #expect(after.subtracting(before).allSatisfy { $0 == records[39] })
    }
  }

  @Test func `a stranger makes the training records of what a run published`() throws {
    func text(_ place: UInt32, _ answer: String) throws -> SnapshotText {
      SnapshotText(
        record: try InstructionRecord(
          term: "t\(place)", question: place < 2 ? "Where to?" : "\(place)?", answer: answer),
        salt: Self.digest(UInt8(place)),
        place: CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: place))
    }
    let long = "a long and winding road that leads to many a door in the old town"
    let own = [
      try text(1, "\(long), says a traveller who has walked it half a life"), try text(2, "no"),
      try text(4, "yes, and perhaps"),
    ]
    let elsewhere = [
      try text(0, "\(long), or so it has been told to children for ages by their nurses")
    ]
    let row = SignRow(signs: [1], scale: 1)
    let origin = RecordOrigin(contributor: Self.digest(50), group: Self.digest(51))
    let index = InfluenceIndex(
      dimension: 64,
      records: own.map {
        IndexedRecord(record: $0.digest, chunk: 0, tokens: 1, origin: origin, row: row)
      }.sorted { $0.record < $1.record }, decoys: [])
    let manifest = RunManifest(
      baseWeights: .zero, snapshotRoot: .zero, trained: [own[0].digest, own[2].digest],
      decoys: [own[1].digest], decoyDraw: .zero, recipe: Self.recipe, adapter: .zero,
      adapterSettings: .zero, tracingAdapter: .zero, curvature: .zero, index: .zero, texts: .zero,
      codeVersion: "")
    func records(_ texts: [SnapshotText]) throws -> (
      trained: [TrainingRecord], decoys: [TrainingRecord]
    )? {
      try TrainingRecord.all(
        of: manifest, index: index, records: SnapshotTexts(texts),
        elsewhere: SnapshotTexts(elsewhere))
    }
    let made = try #require(try records(own))
    #expect(
      made.trained == [
        TrainingRecord(own[0], origin: origin, neighbours: elsewhere),
        TrainingRecord(own[2], origin: origin, neighbours: []),
      ])
    #expect(made.decoys == [TrainingRecord(own[1], origin: origin, neighbours: [])])
    #expect(try records(Array(own.dropLast())) == nil)
  }
}
