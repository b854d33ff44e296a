import AttributionRules
import CanonicalCoding
import Primitives
import Testing

@testable import Attribution

@Suite struct SpanIndexTests {
  private static let seeds: Range<UInt64> = 0..<48

  /// Everything that can be asked of an index, for some answers.
  private func findings(
    _ index: SpanIndex, _ answers: [[UInt8]], prompt: [UInt8] = []
  ) throws -> [[UInt8]] {
    try answers.map { try index.evidence(answer: $0, prompt: prompt).canonicalBytes }
  }

  @Test func `ends and evidence are those of the obvious matcher`() throws {
    var cited = 0
    for seed in Self.seeds {
      var texts = RandomTexts(seed: seed)
      let records = texts.records(texts.number(below: 14))
      let slow = SlowSpans(records: records)
      let index = try SpanIndex(records, largestShard: 30 + texts.number(below: 300))
      for _ in 0..<4 {
        let answer = texts.answer(from: records)
        let prompt = texts.answer(from: records)
        #expect(try index.ends(of: answer).ends == slow.ends(of: answer), "seed \(seed)")
        let evidence = try index.evidence(answer: answer, prompt: prompt)
        #expect(evidence == slow.evidence(answer: answer, prompt: prompt), "seed \(seed)")
        cited += evidence.spans.count
      }
    }
    #expect(cited > 50)
  }

  @Test func `what an index finds is without fault`() throws {
    for seed in Self.seeds {
      var texts = RandomTexts(seed: seed)
      let records = texts.records(8)
      let index = try SpanIndex(records)
      let answer = texts.answer(from: records)
      let evidence = try index.evidence(answer: answer, prompt: [])
      #expect(evidence.fault(answer: answer, prompt: []) == nil, "seed \(seed)")
      let places = Dictionary(uniqueKeysWithValues: records.map { ($0.record, $0.place) })
      #expect(evidence.fault { places[$0] } == nil, "seed \(seed)")
      for record in records {
        let fault = evidence.fault(answer: answer, opening: record.record, text: record.text)
        #expect(fault == nil, "seed \(seed)")
        for span in evidence.spans {
          let omitted = evidence.fault(
            answer: answer, prompt: [], omitting: record.record, text: record.text,
            run: span.range
          ) { places[$0] }
          #expect(omitted == nil, "seed \(seed)")
        }
      }
      let coverage = SpanCoverage(
        of: evidence.spans.map { Int($0.range.start)..<Int($0.range.end) },
        in: AnswerSurprisal(of: answer, prompt: []))
      #expect(coverage.covered <= coverage.total)
    }
  }

  @Test func `block by block, in any order, gives what all at once gives`() throws {
    for seed in Self.seeds {
      var texts = RandomTexts(seed: seed)
      let records = texts.records(12)
      let answers = (0..<3).map { _ in texts.answer(from: records) }
      let whole = try findings(SpanIndex(records), answers)
      var grown = SpanIndex(largestShard: 120)
      var left = records
      while !left.isEmpty {
        let block = (0..<min(left.count, 1 + texts.number(below: 3))).map { _ in
          left.remove(at: texts.number(below: left.count))
        }
        grown = try grown.adding(block)
      }
      #expect(try findings(grown, answers) == whole, "seed \(seed)")
      #expect(try findings(grown.merged(), answers) == whole, "seed \(seed)")
      // What was added already changes nothing.
      #expect(try findings(grown.adding(records), answers) == whole, "seed \(seed)")
    }
  }

  @Test func `small shards become few, and none grows beyond its bound`() throws {
    var index = SpanIndex(largestShard: 600)
    for number in 0..<100 {
      let text = "record \(number) of a hundred"
      index = try index.adding([record(number, text)])
      #expect(index.shards.allSatisfy { $0.textBytes <= 600 })
    }
    #expect(index.shards.count <= 12)
    let merged = try index.merged()
    #expect(merged.shards.count <= index.shards.count && merged.textBytes == index.textBytes)
  }

  @Test func `withdrawn records are as if they had never been`() throws {
    for seed in Self.seeds {
      var texts = RandomTexts(seed: seed)
      let records = texts.records(12)
      let answers = (0..<3).map { _ in texts.answer(from: records) }
      let gone = Set((0..<5).map { _ in records[texts.number(below: 12)].record })
      let kept = records.filter { !gone.contains($0.record) }
      let index = try SpanIndex(records, largestShard: 150).withdrawing(gone)
      #expect(try findings(index, answers) == findings(SpanIndex(kept), answers), "seed \(seed)")
    }
  }

  @Test func `a shard has no byte of a withdrawn text`() throws {
    let secret = "nobody may read this ever again"
    let index = try SpanIndex([record(1, "something to keep"), record(2, secret)])
    #expect(index.shards[0].bytes.all.firstPlace(of: Array(secret.utf8)[...]) != nil)
    let after = try index.withdrawing([record(2, "").record])
    #expect(after.shards[0].bytes.all.firstPlace(of: Array("again".utf8)[...]) == nil)
    #expect(try after.withdrawing([record(1, "").record]).shards.isEmpty)
  }

  @Test func `copies are stored once, and named in the order of their commitments`() throws {
    let text = "qZ#xQ~vK%jW^zX|kV&qJ"
    let copies = (0..<40).map { record(40 - $0, text) }
    let one = try SpanIndex([record(1, text)])
    let all = try SpanIndex(copies)
    #expect(all.textBytes == one.textBytes && all.shards[0].sourceCount == 40)
    let evidence = try all.evidence(answer: Array("so: \(text)".utf8), prompt: [])
    #expect(evidence.spans.count == 1)
    #expect(evidence.spans.first?.sources.map(\.record) == (1...10).map { record($0, "").record })
  }

  @Test func `a text that holds a span ten thousand times is one source`() throws {
    let span = "qZ#xQ~vK%jW^zX|kV&qJ"
    let often = String(repeating: span, count: 2_000)
    let index = try SpanIndex([record(2, "first \(span)"), record(1, often)])
    let spans = try index.evidence(answer: Array(span.utf8), prompt: []).spans
    #expect(spans.map { $0.sources.map(\.offset) } == [[0, 6]])
  }

  @Test func `an empty index, an empty answer and empty texts find nothing`() throws {
    let empty = SpanIndex()
    #expect(try empty.ends(of: [1, 2, 3]).ends == [0, 1, 2])
    #expect(try empty.evidence(answer: [], prompt: []).spans.isEmpty)
    #expect(try empty.merged().shards.isEmpty && empty.adding([]).shards.isEmpty)
    let blank = try SpanIndex([record(1, ""), record(2, "")])
    #expect(try blank.ends(of: Array("a".utf8)).ends == [0])
    #expect(blank.textBytes == 0)
  }

  @Test func `runs may begin and end inside of a character, and hold no byte that is no text`()
    throws
  {
    let index = try SpanIndex([record(1, "a€b"), record(2, "😀")])
    let euro = Array("€".utf8)
    #expect(try index.ends(of: Array(euro[1...])).ends == [2, 2])
    #expect(try index.ends(of: [euro[2], UInt8(ascii: "b"), 255, euro[0]]).ends == [2, 2, 2, 4])
    #expect(try index.ends(of: [255, 255]).ends == [0, 1])
  }

  @Test func `a million equal bytes are sorted and searched like any`() throws {
    // Beyond the size from which pairs of bytes are looked up first.
    let one = String(repeating: "a", count: 1 << 20)
    let index = try SpanIndex([record(1, one), record(2, "b" + one.dropLast())])
    let answer = Array(("b" + String(repeating: "a", count: 2_000) + "c").utf8)
    let ends = try index.ends(of: answer).ends
    #expect(ends.first == 2001 && ends[2000] == 2001 && ends.last == 2001)
  }

  @Test func `texts beyond a mebibyte are refused`() throws {
    let long = String(repeating: "a", count: SpanLimits.longestText + 1)
    let tooLarge = AttributionFailure.Code.spansTooLarge
    #expect { try SpanIndex([record(1, long)]) } throws: {
      ($0 as? AttributionFailure)?.code == tooLarge
    }
    for (answer, prompt) in [(Array(long.utf8), []), ([], Array(long.utf8))] {
      #expect {
        try SpanIndex().evidence(answer: answer, prompt: prompt)
      } throws: {
        ($0 as? AttributionFailure)?.code == tooLarge
      }
    }
  }

  private func record(_ number: Int, _ text: String) -> SpanRecord {
    SpanRecord(
      record: Digest(words: [0, 0, 0, UInt64(number)]),
      place: CommitPlace(
        height: Height(UInt64(number)), indexInBlock: 0, indexInContribution: 0),
      text: text)
  }
}

extension ShardBytes {
  var all: [UInt8] { array(0..<count) }
}
