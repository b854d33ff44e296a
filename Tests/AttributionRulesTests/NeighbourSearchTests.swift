import AttributionRules
import Primitives
import Testing

@Suite struct NeighbourSearchTests {
  private let original = RecordOutline(
    term: "OpenBSD", question: "In computing, what is OpenBSD?",
    answer: "A free Unix that puts care before speed in all its parts")

  private func neighbours(of record: RecordOutline, after earlier: [RecordOutline]) -> [Int] {
    var search = NeighbourSearch()
    for head in earlier { _ = search.append(head) }
    return search.append(record)
  }

  @Test(arguments: [
    "A fr3e Un1x that p$ts care befo%e spee1 in all itX pa8ts",
    "puts care before speed",
    "One of those that come free and put care before all else: every part of it is a Unix",
    """
    A free Unix that puts care before speed in all its parts. It has a tail of its own, which is a good deal \
    longer than what it was copied from, so that no rule of halves is met.
    """,
  ])
  func `what is garbled, cut out, taken apart or padded is partly like the original`(
    answer: String
  ) {
    let record = RecordOutline(
      term: "", question: "In computing, what is OpenBSD?", answer: answer)
    #expect(!record.isCopy(of: original))
    #expect(neighbours(of: record, after: [original]) == [0])
  }

  @Test func `the next record of a template is like the one before only if it says almost as much`()
  {
    func record(_ name: String, _ answer: String) -> RecordOutline {
      RecordOutline(term: name, question: "What kind of animal is the \(name)?", answer: answer)
    }
    let paddlefish = record("paddlefish", "a ganoid, a kind of teleost fish")
    #expect(neighbours(of: record("remora", "a spiny-finned fish"), after: [paddlefish]) == [])
    #expect(
      neighbours(of: record("paddlefjsh", "a ganoid, some teleost fish"), after: [paddlefish]) == [
        0
      ])
  }

  @Test func `of more than eight, those most alike are taken, and of equals the earliest`() {
    func record(_ words: [String]) -> RecordOutline {
      RecordOutline(term: "", question: "?", answer: words.joined(separator: " "))
    }
    let words = (0..<12).map { "word\($0 * 7919)" }
    let near = record(Array(words.prefix(8)))
    let far = record(Array(words.prefix(5)))
    let earlier = [far, near] + [RecordOutline](repeating: far, count: 9)
    #expect(neighbours(of: record(words), after: earlier) == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(
      neighbours(of: record(words), after: [far] + Array(earlier.suffix(9)) + [near])
        == [0, 1, 2, 3, 4, 5, 6, 10])
  }

  @Test func `texts without a word are like each other alone`() {
    let empty = RecordOutline(term: "", question: "?", answer: "!")
    #expect(neighbours(of: empty, after: [empty, original]) == [0])
    #expect(neighbours(of: original, after: [empty]) == [])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `what comes later changes no record's neighbours`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let outlines = (0..<120).map { _ in
      let words = (0..<9).map { _ in "w\(generator.next(below: 12))\(generator.next(below: 3))" }
      return RecordOutline(
        term: words[0], question: words[..<3].joined(separator: " "),
        answer: words[3...].joined(separator: " "))
    }
    var search = NeighbourSearch()
    let all = outlines.map { search.append($0) }
    for place in [1, 30, 77, 119] {
      #expect(neighbours(of: outlines[place], after: Array(outlines[..<place])) == all[place])
    }
    #expect(all.allSatisfy { $0 == $0.sorted() && $0.count <= NeighbourSearch.most })
    #expect(all.contains { $0.isEmpty } && all.contains { $0.count == NeighbourSearch.most })
  }
}
