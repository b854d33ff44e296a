import Attribution
import AttributionRules
import CanonicalCoding
import ClientAPI
import Foundation
import LanguageModels
import ModelFactory
import Primitives
import Storage
import TestKit
import Testing

/// Building an index piece by piece, on a model that computes in a blink.
@Suite struct IndexBuildTests {
  private static let recipe = TrainingRecipe(
    rank: 2, alpha: 4, epochs: 1, batchSize: 4, learningRateInMillionths: 5_000, seed: 9,
    systemMessage: "Hi.")

  private let engine: LanguageEngine
  private let adapter: AdapterHandle
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "whence-index-\(UUID().uuidString)").path(percentEncoded: false)

  init() async throws {
    engine = try TinyModel.engine(contextLength: 1024)
    adapter = try await engine.load(
      LoRAAdapter(fresh: engine.configuration, rank: 2, alpha: 4, seed: 5))
  }

  private func record(_ number: Int, length: Int = 1) -> TrainingRecord {
    TrainingRecord(
      digest: Digest(words: [0, 0, 0, UInt64(number)]),
      origin: RecordOrigin(contributor: .zero, group: .zero),
      text: QuestionAnswer(
        question: "q\(number)?", answer: String(repeating: "a\(number * 7 % 10)", count: length)))
  }

  private func indexing(
    _ progress: Bool = false, memory: Int = 512 << 20
  ) throws -> RunIndexing {
    RunIndexing(
      engine: engine, recipe: Self.recipe, adapter: adapter, memory: memory,
      progress: progress
        ? try IndexProgress(at: folder, baseWeights: .zero, adapter: .zero) : nil)
  }

  @Test func `a build that is cut off anywhere goes on, to the same bytes`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trained = (0..<150).map { record($0) }
    let decoys = (150..<160).map { record($0) }
    let plain = try await indexing().tracing(trained: trained)
    let undisturbed = try await indexing().index(trained: trained, decoys: decoys, tracing: plain)

    // The first process ends in its second segment of rows: what that was is nowhere.
    let first = try await indexing(true).tracing(trained: trained)
    let task = Task {
      try await indexing(true).index(trained: trained, decoys: decoys, tracing: first) { done in
        if done >= 64 { unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    let kept = try DocumentFolder(at: folder).names()
    #expect(kept.count { $0.hasPrefix("curvature-") } == 1)
    #expect(kept.count { $0.hasPrefix("rows-") } == 1)

    // A damaged piece is made again; a draft of one that was cut off is no piece.
    let rows = try #require(kept.first { $0.hasPrefix("rows-") })
    var bytes = try #require(try DocumentFolder(at: folder).bytes(of: rows))
    bytes[bytes.count / 2] ^= 1
    try DocumentFolder(at: folder).put(bytes, as: rows)

    var passes = 0
    let second = try await indexing(true).tracing(trained: trained) { _, _ in passes += 1 }
    #expect(passes == 0, "the curvature is read, not fitted again")
    let index = try await indexing(true).index(
      trained: trained, decoys: decoys, tracing: second)
    #expect(second.curvature.bytes == plain.curvature.bytes)
    #expect(index.canonicalBytes == undisturbed.canonicalBytes)
    let again = try await indexing(true).index(trained: trained, decoys: decoys, tracing: second)
    #expect(again.canonicalBytes == undisturbed.canonicalBytes)
  }

  @Test func `a fit that is cut off makes only the passes that are missing, to the same bytes`()
    async throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trained = (0..<20).map { record($0) }
    // So little memory that there are several passes.
    let memory = 20_000
    var whole = 0
    let plain = try await indexing(memory: memory).tracing(trained: trained) { _, _ in whole += 1 }
    try #require(whole > 3)
    let task = Task {
      try await indexing(true, memory: memory).tracing(trained: trained) { done, _ in
        if done == 2 { unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    let kept = try DocumentFolder(at: folder).names()
    #expect(kept.count { $0.hasPrefix("directions-") } == 2)
    // One is damaged: it is made again.
    let name = try #require(kept.first { $0.hasPrefix("directions-") })
    try DocumentFolder(at: folder).put([1, 2, 3], as: name)

    var passes = 0
    let tracing = try await indexing(true, memory: memory).tracing(trained: trained) { _, _ in
      passes += 1
    }
    #expect(passes == whole - 1)
    #expect(tracing.curvature.bytes == plain.curvature.bytes)
  }

  @Test func `progress of other records or another adapter is not taken`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try await indexing(true).tracing(trained: (0..<5).map { record($0) })
    var passes = 0
    _ = try await indexing(true).tracing(trained: (0..<6).map { record($0) }) { _, _ in passes += 1
    }
    #expect(passes == 2)
    let other = RunIndexing(
      engine: engine, recipe: Self.recipe, adapter: adapter,
      progress: try IndexProgress(
        at: folder, baseWeights: .zero, adapter: Digest(words: [1, 0, 0, 0])))
    _ = try await other.tracing(trained: (0..<5).map { record($0) }) { _, _ in passes += 1 }
    #expect(passes == 4)
  }

  @Test func `an extended index is that of all rows with the kept curvature`() async throws {
    let old = (0..<12).map { record($0) }
    let new = (12..<20).map { record($0) }
    let decoys = (30..<34).map { record($0) }
    let tracing = try await indexing().tracing(trained: old)
    let index = try await indexing().index(trained: old, decoys: decoys, tracing: tracing)
    let withdrawn: Set<Digest> = [old[3].digest, decoys[1].digest, new[2].digest]

    let extended = try await indexing().extended(
      index, adding: new + [old[0]], withdrawing: withdrawn, tracing: tracing)

    let whole = try await indexing().index(
      trained: (old + new).filter { !withdrawn.contains($0.digest) },
      decoys: decoys.filter { !withdrawn.contains($0.digest) }, tracing: tracing)
    #expect(extended.records.map(\.name) == whole.records.map(\.name))
    #expect(extended.decoys.map(\.name) == whole.decoys.map(\.name))
    #expect(extended.records.count == 18 && extended.decoys.count == 3)
    for (one, other) in zip(extended.records, whole.records) {
      // Other batches round otherwise: a sum near zero may change its sign.
      let differing = zip(one.row.signs, other.row.signs).reduce(0) {
        $0 + ($1.0 ^ $1.1).nonzeroBitCount
      }
      #expect(differing <= index.dimension / 50)
      #expect(abs(Double(one.row.scale) / Double(other.row.scale) - 1) < 1e-3)
    }
    // What stays was not touched.
    #expect(extended.records.first == index.records.first)
  }

  @Test func `a long record has a row for each chunk, and their tokens are the record's`()
    async throws
  {
    let long = record(1, length: 300)
    let trained = [record(0), long]
    let tracing = try await indexing().tracing(trained: trained)
    let index = try await indexing().index(trained: trained, decoys: [], tracing: tracing)
    let chunks = index.records.filter { $0.record == long.digest }
    #expect(chunks.count > 1 && chunks.map(\.chunk) == Array(0..<UInt32(chunks.count)))
    let example = try Self.recipe.example(
      question: long.text.question, answer: long.text.answer, template: engine.template)
    #expect(chunks.reduce(0) { $0 + Int($1.tokens) } == example.answerTokens.count)
  }

  /// A record that is partly like earlier ones.
  private func record(_ number: Int, after earlier: [TrainingRecord]) -> TrainingRecord {
    let own = record(number)
    return TrainingRecord(
      digest: own.digest, origin: own.origin, text: own.text,
      neighbours: earlier.map { TrainingRecord.Neighbour(digest: $0.digest, text: $0.text) })
  }

  @Test func `rows beside earlier records are residuals, however the build is cut or extended`()
    async throws
  {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let plain = (0..<70).map { record($0) }
    let long = record(200, length: 300)
    var residual = plain
    residual[5] = record(5, after: [plain[2], long])
    residual[68] = record(68, after: [plain[68]])
    let tracing = try await indexing().tracing(trained: plain)
    func rows(_ records: [TrainingRecord], memory: Int = 512 << 20) async throws -> [IndexedRecord]
    {
      let indexing = RunIndexing(
        engine: engine, recipe: Self.recipe, adapter: adapter, memory: memory,
        progress: try IndexProgress(at: folder, baseWeights: .zero, adapter: .zero))
      return try await indexing.index(trained: records, decoys: [], tracing: tracing).records
    }

    let whole = try await rows(plain)
    let rest = try await rows(residual)
    for place in 0..<70 where ![5, 68].contains(place) { #expect(whole[place] == rest[place]) }
    #expect(rest[5].row != whole[5].row && rest[5].row.scale < whole[5].row.scale)
    #expect(Double(rest[68].row.scale) < 1e-2 * Double(whole[68].row.scale))
    // What is kept on the way is found again, by its neighbours too.
    #expect(try await rows(residual) == rest)
    #expect(try await rows(plain) == whole)

    let start = try await indexing().index(
      trained: Array(residual.prefix(5)), decoys: [], tracing: tracing)
    let extended = try await indexing().extended(
      start, adding: Array(residual.dropFirst(5)), withdrawing: [plain[2].digest],
      tracing: tracing)
    let again = try #require(extended.records.first { $0.record == residual[5].digest })
    #expect(abs(Double(again.row.scale) / Double(rest[5].row.scale) - 1) < 1e-3)
  }

  @Test func `an empty Datanet and another run's index are refused`() async throws {
    await #expect(throws: AttributionFailure(.noGradients)) {
      try await indexing().tracing(trained: [])
    }
    await #expect {
      _ = try await engine.train(
        on: [], settings: Self.recipe.settings(steps: 1), progress: { _ in })
    } throws: { "\($0)".hasPrefix("training_invalid: there is nothing to train on") }
    let tracing = try await indexing().tracing(trained: [record(0)])
    let other = InfluenceIndex(dimension: 64, records: [], decoys: [])
    await #expect(throws: AttributionFailure(.wrongDimension)) {
      try await indexing().extended(
        other, adding: [], withdrawing: [], tracing: tracing)
    }
  }
}
