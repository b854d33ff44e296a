import Foundation
import Primitives
import Testing

@testable import Benchmarks

@Suite struct CorrelationTests {
  @Test func `it is that of the numbers, or of their ranks`() {
    #expect(Correlation.spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == 1)
    #expect(Correlation.pearson([1, 2, 3], [5, 5, 5]) == 0)
    #expect(abs(Correlation.pearson([1, 2, 3, 4], [1, 3, 2, 4]) - 0.8) < 1e-12)
  }
}

@Suite struct TaskDatamodelScoreTests {
  /// Losses of 30 halves of 20 documents: what the documents of a half take off, exactly.
  private let effects: [[Double]]
  private let datamodel: TaskDatamodelScore

  init() {
    var generator = SeededGenerator(seed: 1)
    let effects = (0..<5).map { _ in (0..<20).map { _ in Double(generator.next(below: 1000)) } }
    let halves = (0..<30).map { Retraining.half($0, of: 20) }
    let losses = halves.map { half in
      effects.map { row in 1e5 - half.reduce(0) { $0 + row[$1] } }
    }
    self.effects = effects
    datamodel = TaskDatamodelScore(halves: halves, losses: [losses, losses])
  }

  @Test func `the true effects predict perfectly, their negative perversely`() {
    #expect(abs(datamodel.value(InfluenceScores(values: effects)) - 1) < 1e-12)
    let wrong = InfluenceScores(values: effects.map { $0.map { -$0 } })
    #expect(abs(datamodel.value(wrong) + 1) < 1e-12)
    #expect(abs(datamodel.singleValue(InfluenceScores(values: effects)) - 1) < 1e-12)
    #expect(datamodel.reliability.map { abs($0 - 1) < 1e-12 } == true)
    #expect(datamodel.ceiling.map { abs($0 - 1) < 1e-12 } == true)
  }

  @Test func `effects of other queries predict little`() {
    let shifted = InfluenceScores(values: Array(effects[1...] + effects[..<1]))
    #expect(abs(datamodel.value(shifted)) < 0.4)
  }

  @Test func `draws are the same for all methods, and a seed brings them back`() {
    let scores = InfluenceScores(values: effects)
    let draws = datamodel.resampled([scores, scores], draws: 5)
    #expect(draws.allSatisfy { $0[0] == $0[1] && $0[0] > 0.999 })
    #expect(draws == datamodel.resampled([scores, scores], draws: 5))
  }

  @Test func `a half is a half, another for each number`() {
    let halves = (0..<4).map { Retraining.half($0, of: 600) }
    #expect(halves.allSatisfy { $0.count == 300 && Set($0).count == 300 && $0 == $0.sorted() })
    #expect(Set(halves).count == 4)
  }
}

@Suite struct BaselineScoreTests {
  @Test func `DataInf is its formula, matrix by matrix`() throws {
    let training: [[Float]] = [[1, 2, 0.5], [-1, 0.5, 2], [0.25, -2, 1], [3, 0, -1]]
    let query: [Float] = [0.5, 1, -2]
    let scores = try BaselineScores.dataInf(training, [query], widths: [2, 1]).values[0]
    for index in training.indices {
      var expected = 0.0
      for range in [0..<2, 2..<3] {
        func dot(_ one: [Float], _ other: [Float]) -> Double {
          range.reduce(0) { $0 + Double(one[$1]) * Double(other[$1]) }
        }
        let squares = training.map { dot($0, $0) }
        let damping = 0.1 * squares.reduce(0, +) / Double(4 * range.count)
        let correction = training.indices.reduce(0.0) { sum, other in
          let overlap = dot(query, training[other]) * dot(training[other], training[index])
          return sum + overlap / (damping + squares[other])
        }
        expected += (dot(query, training[index]) - correction / 4) / damping
      }
      #expect(abs(scores[index] - expected) < 1e-4 * max(1, abs(expected)))
    }
  }

  @Test func `a text is likest to itself`() {
    let texts = ["the quick brown fox", "jumps over the dog", "lorem ipsum dolor sit"]
    let scores = BaselineScores.termFrequencies(texts, texts + ["zzzz"]).values
    for index in texts.indices {
      #expect(abs(scores[index][index] - 1) < 1e-12)
      #expect(scores[index].max() == scores[index][index])
    }
    #expect(scores[3] == [0, 0, 0])
  }
}

@Suite struct KeptTaskTests {
  private let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "benchmarks/attribution").path(percentEncoded: false)

  @Test func `the repository's task is whole, and less than a megabyte`() throws {
    let content = try TaskFolder(plan: .bytes, path: folder, dependencies: "").read()
    #expect(content.table.missing.isEmpty)
    #expect(content.table.wholeSeeds == [0, 1, 2])
    #expect(content.task.documents.count == 600 && content.task.queries.count == 48)
    #expect(Set(content.task.contributors.flatMap { $0.documents + $0.heldOut }).count == 648)
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
    let bytes = try files.reduce(0) { sum, file in
      let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")[.size]
      return sum + ((size as? Int) ?? 0)
    }
    #expect(bytes < 1 << 20)
  }

  @Test func `another program's scores have to fit the task`() throws {
    let task = try TaskFolder(plan: .bytes, path: folder, dependencies: "").read().task
    let file = FileManager.default.temporaryDirectory
      .appending(path: "scores-\(UInt64.random(in: 0 ... .max)).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let row = "[" + [String](repeating: "0.5", count: 600).joined(separator: ",") + "]"
    func write(_ name: String, rows: Int) throws {
      let table = [String](repeating: row, count: rows).joined(separator: ",")
      try Data(#"{"name":"\#(name)","scores":[\#(table)]}"#.utf8).write(to: file)
    }
    try write("peer", rows: 48)
    let path = file.path(percentEncoded: false)
    #expect(try PeerScores(file: path, for: task).scores.count == 48)
    for (name, rows) in [("peer", 47), ("Peer 2", 48)] {
      try write(name, rows: rows)
      #expect {
        try PeerScores(file: path, for: task)
      } throws: { ($0 as? AttributionBenchmarkFailure)?.code == .scoresUnfit }
    }
  }

  @Test func `losses of another task are refused`() {
    let line = #"{"kind":"half","losses":[1,2],"number":0,"seed":0}"#
    #expect(throws: AttributionBenchmarkFailure.self) {
      try LossTable(kept: Array(line.utf8), plan: .bytes)
    }
  }

  @Test func `a table that was cut off knows what is missing`() throws {
    let row = Retraining(
      kind: .half, number: 3, seed: 1, losses: [Double](repeating: 2.5, count: 48))
    let table = try LossTable(
      kept: LossTable.line(of: row) + LossTable.line(of: row), plan: .bytes)
    #expect(table.missing.count == 3 * (1 + 50 + 12) - 1)
    #expect(table.rows(.half, seed: 1)[0] == row && table.wholeSeeds.isEmpty)
  }
}
