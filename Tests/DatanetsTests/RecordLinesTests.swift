import ClientAPI
import Datanets
import Testing

@Suite struct RecordLinesTests {
  @Test func `however the lines are spaced, the contribution is the same`() throws {
    let tidy = """
      {"term":"fat binary","question":"What is it?","answer":"Two programs in one"}
      {"term":"b","question":"c","answer":"d"}
      """
    let loose = """
      { "answer" : "Two programs\\u0020in one", "question":"What is it?", "term":"fat binary" }\r
      {"question":"c",   "answer":"d","term":"b"}

      """
    let blobs = try [tidy, loose].map { text in
      try ContributionBundle(
        records: InstructionRecord.parse(lines: Array(text.utf8)), secret: digest(1)
      )
      .blob
    }
    #expect(blobs[0] == blobs[1])
  }

  @Test(
    arguments: [
      ("", .malformedLine), ("[]", .malformedLine), ("{}", .malformedLine), ("nul", .malformedLine),
      (#"{"term":"a","question":"b"}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":3}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":"c","more":"d"}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":"c","term":"a"}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":"c"} {}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":{"c":"d"}}"#, .malformedLine),
      (#"{"term":"a","question":"b","answer":""}"#, .invalidRecord),
      (#"{"term":"a\n","question":"b","answer":"c"}"#, .invalidRecord),
    ] as [(String, DatanetFailure.Code)])
  func `a bad line is refused by its number`(line: String, code: DatanetFailure.Code) {
    let good = #"{"term":"a","question":"b","answer":"c"}"#
    let failure = #expect(throws: DatanetFailure.self) {
      try InstructionRecord.parse(lines: Array([good, line, good].joined(separator: "\n").utf8))
    }
    #expect(failure?.code == code)
    #expect(failure?.line == 2)
  }

  @Test func `a failure reads as a sentence with its place`() {
    let failure = #expect(throws: DatanetFailure.self) {
      try InstructionRecord.parse(lines: Array(#"{"term":"a","question":"b","answer":""}"#.utf8))
    }
    #expect(failure?.description == "invalid_record: line 1: the answer is empty")
  }

  @Test func `a held-out line names its domain`() throws {
    let line = #"{"contributor":"words","term":"a","question":"b","answer":"c"}"#
    let items = try HeldOutItem.parse(lines: Array(line.utf8))
    #expect(items.map(\.domain) == ["words"])
    #expect(items[0].record == (try InstructionRecord(term: "a", question: "b", answer: "c")))
    #expect(throws: DatanetFailure.self) { try InstructionRecord.parse(lines: Array(line.utf8)) }
  }
}
