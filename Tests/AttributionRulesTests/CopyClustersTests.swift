import AttributionRules
import Primitives
import Testing

@Suite struct CopyClustersTests {
  let original = RecordOutline(
    term: "OpenBSD", question: "In computing, what is OpenBSD?",
    answer: "A free Unix that puts care before speed in all its parts")

  @Test(arguments: [
    ("In computing, what is OpenBSD?", "A free Unix that puts care before speed in all its parts"),
    (
      "IN COMPUTING -- what is OpenBSD",
      "a free Unix, that puts care before speed (in all its parts)."
    ),
    (
      "In computing, what is OpenBSD?", "One free Unix that puts care before speed in all its parts"
    ),
    (
      "In computing, what is Open BSD?", "A free Unix that puts care before speed in all its pieces"
    ),
    (
      "In computing, what is OpenBSD?",
      "Simply a free Unix that puts care before speed in its parts"
    ),
  ])
  func `a light edit is a copy, whatever term the copier writes`(
    question: String, answer: String
  ) {
    for term in ["OpenBSD", "Unix", ""] {
      let edited = RecordOutline(term: term, question: question, answer: answer)
      #expect(edited.isCopy(of: original))
    }
  }

  @Test func `two records of one template about different things are no copies`() {
    func classified(_ name: String, _ parent: String) -> RecordOutline {
      RecordOutline(
        term: name, question: "What kind of animal is the \(name)?",
        answer: "a \(parent), a kind of teleost fish")
    }
    let paddlefish = classified("paddlefish", "ganoid")
    let remora = classified("remora", "spiny-finned fish")
    #expect(!remora.isCopy(of: paddlefish))
    #expect(!paddlefish.isCopy(of: remora))
    #expect(!classified("remora", "ganoid").isCopy(of: paddlefish))
    #expect(classified("remora", "ganoid").isCopy(of: remora))
  }

  @Test func `two senses of one term are no copies, though their question is the same`() {
    func sense(_ term: String, _ answer: String) -> RecordOutline {
      RecordOutline(term: term, question: "What does \(term) stand for?", answer: answer)
    }
    let rating = sense("PR", "Pentium Rating")
    #expect(!sense("PR", "Public Relations").isCopy(of: rating))
    #expect(sense("PR", "the Pentium Rating").isCopy(of: rating))
  }

  @Test func `a term is named by whole words, however they are divided`() {
    func record(_ name: String) -> RecordOutline {
      RecordOutline(
        term: name, question: "What does \(name) stand for?", answer: "Architecture Review Board")
    }
    #expect(record("A.R.B.").isCopy(of: record("ARB")))
    #expect(!record("BARB").isCopy(of: record("ARB")))
  }

  @Test func `a long text is a copy even under another name`() {
    let body = (0..<80).map { "word\($0)" }.joined(separator: " ")
    func record(_ name: String) -> RecordOutline {
      RecordOutline(term: name, question: "What is \(name)?", answer: body)
    }
    #expect(record("something else").isCopy(of: record("that")))
  }

  @Test func `an answer that only quotes a few words is no copy`() {
    let quoting = RecordOutline(
      term: "OpenBSD", question: "Who cares about OpenBSD?",
      answer: "Those who want care before speed in everything that they ever run at home")
    #expect(!quoting.isCopy(of: original))
  }

  @Test func `texts without a word are alike, and like no other`() {
    let empty = RecordOutline(term: "", question: "?", answer: "!")
    #expect(empty.isCopy(of: empty))
    #expect(!empty.isCopy(of: original))
    #expect(!original.isCopy(of: empty))
  }

  @Test func `a chain of edits does not drift: each record is compared with heads alone`() {
    func record(_ answer: String) -> RecordOutline {
      RecordOutline(term: "x", question: "x", answer: answer)
    }
    let chain = [
      record("a b c d e f g h i j k l"),
      record("a b c d e f g h i j y z"),  // A copy of the first.
      record("a b c d e f u v w x y z"),  // Near the second, but not near enough to the first.
    ]
    #expect(chain[2].isCopy(of: chain[1]))
    #expect(CopyClusters(of: chain).headOfRecord == [0, 0, 2])
  }

  @Test func `a record that copies two heads joins the earlier one`() {
    let heads = ["a b c d e f g h i j k l", "e f g h i j k l m n o p"].map {
      RecordOutline(term: "t", question: "t", answer: $0)
    }
    let both = RecordOutline(term: "t", question: "t", answer: "c d e f g h i j k l m n")
    #expect(!heads[1].isCopy(of: heads[0]))
    #expect(both.isCopy(of: heads[0]) && both.isCopy(of: heads[1]))
    #expect(CopyClusters(of: heads + [both]).headOfRecord == [0, 1, 0])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the index finds what comparing every pair finds`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var outlines: [RecordOutline] = []
    for _ in 0..<200 {
      // Few words, so that many pairs are shared and the verdicts go both ways.
      let words = (0..<8).map { _ in "w\(generator.next(below: 3))" }
      outlines.append(
        RecordOutline(
          term: words[0], question: words[..<3].joined(separator: " "),
          answer: words[3...].joined(separator: " ")))
    }
    var expected: [Int] = []
    for (index, outline) in outlines.enumerated() {
      let heads = expected.indices.filter { expected[$0] == $0 }
      expected.append(heads.first { outline.isCopy(of: outlines[$0]) } ?? index)
    }
    #expect(CopyClusters(of: outlines).headOfRecord == expected)
    #expect(Set(expected).count > 1 && Set(expected).count < 200)
  }
}
