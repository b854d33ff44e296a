import AttributionRules
import ClientAPI
import Foundation
import LanguageModels
import ModelFactory
import Primitives
import Storage
import Synchronization
import TestKit
import Testing

/// Making a card on a model that computes in a blink.
@Suite struct CardMakingTests {
  private static let recipe = TrainingRecipe(
    rank: 2, alpha: 4, epochs: 3, batchSize: 4, learningRateInMillionths: 5_000, seed: 9,
    systemMessage: "Hi.")

  private let engine: LanguageEngine
  private let path = FileManager.default.temporaryDirectory
    .appending(path: "whence-card-\(UUID().uuidString)").path(percentEncoded: false)
  private let heldOut = (0..<5).map { QuestionAnswer(question: "And \($0)?", answer: "\($0 * 37)") }

  init() throws { engine = try TinyModel.engine(contextLength: 128) }

  private func making(
    contributors: Int = 3, halves: Int = 4, coalitions: Int? = 6
  ) -> CardMaking {
    let trained = (0..<12).map { number in
      TrainingRecord(
        digest: RunManifestTests.digest(UInt8(number)),
        origin: RecordOrigin(
          contributor: RunManifestTests.digest(UInt8(100 + number % contributors)),
          group: RunManifestTests.digest(200)),
        text: QuestionAnswer(question: "What is \(number)?", answer: "\(number * 37)"))
    }
    return CardMaking(
      CardPlan(halves: halves, seeds: 2, questions: 3, epochs: 2, coalitions: coalitions),
      recipe: Self.recipe, draw: CardDraw(header: .zero), trained: trained, heldOut: heldOut)
  }

  @Test func `jobs are halves with their own schedule, and parts with the whole run's`() {
    let making = making()
    #expect(making.halfJobs.count == 8 && making.contributorJobs.count == 8)
    #expect(making.halfJobs.allSatisfy { $0.records.count == 6 && $0.heldOut.count == 3 })
    // Six records are two steps an epoch, twelve are three.
    #expect(making.halfJobs.allSatisfy { $0.stepCount == 6 && $0.stopStep == 4 })
    #expect(making.contributorJobs.allSatisfy { $0.stepCount == 9 && $0.stopStep == 6 })
    #expect(making.contributorJobs.map(\.records.count) == [12, 12, 8, 8, 8, 8, 8, 8])
    #expect(making.jobs.map(\.recipe.seed) == (0..<8).flatMap { _ in [9, 10] })
    #expect(making.questionPlaces == CardDraw(header: .zero).questions(3, of: 5))
    #expect(Set(making.halfJobs.map(\.records)).count == 4)
    #expect(self.making(coalitions: nil).contributorJobs.isEmpty)
  }

  @Test func `a card that is cut off goes on, and no retraining is done twice`() async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let making = making()
    let folder = try RetrainFolder(at: path, baseWeights: .zero)
    try folder.leave(making.jobs)
    #expect(try folder.jobsLeft() == making.jobs)
    let first = Task {
      try await folder.complete(making.jobs, engine: engine) { done in
        if done == 5 { unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(try making.jobs.count { try folder.losses(of: $0) != nil } == 5)
    func card() throws -> RunCard? {
      try making.card(
        of: .init(.zero), heldOut: [.zero], codeVersion: "v",
        queries: making.questionPlaces.map { _ in QueryVector(values: []) }, folder: folder)
    }
    #expect(try card() == nil)

    // A damaged result is made again, the others are not: what stands in them stays.
    let documents = try DocumentFolder(at: path)
    let kept = HeldOutLosses(microNats: [1, 2, 3])
    try folder.keep(kept, of: making.jobs[0])
    let results = try documents.names().filter { $0 != "jobs" }
    let spoilt = try #require(
      try results.first { try documents.bytes(of: $0)?.last != 3 })
    var bytes = try #require(try documents.bytes(of: spoilt))
    bytes[40] ^= 1
    try documents.put(bytes, as: spoilt)

    try await folder.complete(making.jobs, engine: engine)
    let whole = try #require(try card())
    #expect(whole.contributors?.losses.count == 8 && whole.halves.count == 8)
    #expect(whole.contributors?.losses[0] == kept)
    #expect(whole.contributors?.stop == 6 && whole.halfStop == 4 && whole.seeds == 2)
    #expect(whole.contributors?.subsets == .leaveOneOut)
    for (job, losses) in zip(making.halfJobs, whole.halves) {
      #expect(try await job.run(engine: engine) == losses)
    }
    let other = try RetrainFolder(at: path, baseWeights: RunManifestTests.digest(1))
    #expect(try other.losses(of: making.jobs[1]) == nil, "another base model's losses are others")
  }

  @Test func `more than twenty contributors are drawn into coalitions`() {
    // Each record its own contributor, and each contributor more than one name.
    let trained = (0..<42).map { number in
      TrainingRecord(
        digest: RunManifestTests.digest(UInt8(number)),
        origin: RecordOrigin(
          contributor: RunManifestTests.digest(UInt8(number / 2)), group: .zero),
        text: QuestionAnswer(question: "\(number)", answer: "a"))
    }
    let draw = CardDraw(header: .zero)
    let making = CardMaking(
      CardPlan(halves: 0, questions: 2, epochs: 9, coalitions: 6), recipe: Self.recipe, draw: draw,
      trained: trained, heldOut: heldOut)
    #expect(making.jobs.count == 6)
    let accounts = (0..<21).map { RunManifestTests.digest(UInt8($0)) }
    for (number, job) in making.jobs.enumerated() {
      #expect(job.records.count == 2 * draw.coalition(number, of: accounts).count)
      #expect(job.stopStep == job.stepCount, "no more epochs than the run's")
    }
  }
}
