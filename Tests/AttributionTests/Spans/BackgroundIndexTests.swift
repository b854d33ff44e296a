import AttributionRules
import Foundation
import Primitives
import Testing

@testable import Attribution

@Suite struct BackgroundIndexTests {
  private let licence = "Permission is hereby granted, free of charge, to any person"

  @Test func `what stands more than ten times in public is common, ten times is not`() throws {
    let answer = Array("He wrote: \(licence) and left".utf8)
    for (copies, isCommon) in [(1, false), (10, false), (11, true), (1_000, true)] {
      let background = try BackgroundIndex([
        .init(text: licence, copies: copies), .init(text: "a sample", copies: 1),
      ])
      let common = background.common(in: answer)
      #expect(common == (isCommon ? [AnswerRange(10..<10 + licence.utf8.count)] : []))
    }
  }

  @Test func `common runs are those that counting finds`() throws {
    for seed in 0..<8 as Range<UInt64> {
      var texts = RandomTexts(seed: seed)
      let samples = (0..<30).map { _ in texts.text(shorterThan: 40) }
      let background = try BackgroundIndex(samples.map { .init(text: $0, copies: 1) })
      let answer = Array(texts.text(shorterThan: 60).utf8)
      let ends = MatchEnds(of: answer) { position, limit in
        background.shard.longestRun(of: answer, from: position, to: limit, times: 11)
      }.ends
      for start in answer.indices {
        var end = start
        while end < answer.count {
          let run = answer[start...end]
          let count = samples.reduce(0) { count, sample in
            let bytes = Array(sample.utf8)
            return count + bytes.indices.count { bytes[$0...].starts(with: run) }
          }
          guard count > 10 else { break }
          end += 1
        }
        #expect(ends[start] == end, "seed \(seed), position \(start)")
      }
    }
  }

  @Test func `a span that is a licence is not cited, and what surrounds it is`() throws {
    let own = "qZ#xQ~vK%jW^zX|kV&qJ"
    let record = SpanRecord(
      record: .zero,
      place: CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: 0),
      text: "\(licence). \(own)")
    let index = try SpanIndex([record])
    let background = try BackgroundIndex([.init(text: licence, copies: 99)])
    func spans(_ answer: String, _ background: BackgroundIndex?) throws -> [CitedSpan] {
      let answer = Array(answer.utf8)
      let evidence = try index.evidence(answer: answer, prompt: [], background: background)
      #expect(evidence.fault(answer: answer, prompt: []) == nil)
      #expect(evidence.background == background?.digest ?? .zero)
      return evidence.spans
    }
    #expect(try spans(licence, nil).count == 1)
    #expect(try spans(licence, background).isEmpty)
    let both = "\(licence). \(own)"
    let worth = try (spans(both, nil) + spans(both, background)).map(\.surprisal)
    #expect(worth.count == 2 && worth[0] > worth[1])
  }

  @Test func `a background comes back from its file, and no other file is one`() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/background-\(UUID())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let background = try BackgroundIndex([.init(text: licence, copies: 11)])
    try background.write(to: folder + "/background")
    let again = try BackgroundIndex(at: folder + "/background")
    #expect(again.digest == background.digest)
    #expect(again.common(in: Array(licence.utf8)).count == 1)
    try Data("no background".utf8).write(to: URL(filePath: folder + "/other"))
    for name in ["other", "missing"] {
      #expect {
        try BackgroundIndex(at: "\(folder)/\(name)")
      } throws: {
        ($0 as? AttributionFailure)?.code == .spansCorrupt
      }
    }
  }
}
