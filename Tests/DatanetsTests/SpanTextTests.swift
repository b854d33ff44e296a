import ClientAPI
import Datanets
import Testing

@Suite struct SpanTextTests {
  @Test func `spans are looked for in term, question and answer, line by line`() throws {
    let record = try InstructionRecord(term: "B-tree", question: "What is it?", answer: "A tree.")
    #expect(record.spanText == "B-tree\nWhat is it?\nA tree.")
  }
}
