import AttributionRules
import ClientAPI
import Datanets
import Primitives
import Testing

@Suite struct SpanTextTests {
  @Test func `spans are looked for in term, question and answer, line by line`() throws {
    let record = try InstructionRecord(term: "B-tree", question: "What is it?", answer: "A tree.")
    #expect(record.opened(by: .zero).spanText == "B-tree\nWhat is it?\nA tree.")
  }
}
