import Attribution
import Testing

@Suite struct AttributionFailureTests {
  @Test(arguments: AttributionFailure.Code.allCases)
  func `a failure begins with its stable code and says what to do`(code: AttributionFailure.Code) {
    let words = AttributionFailure(code, detail: "row 7").description
    #expect(words.hasPrefix("\(code.rawValue): ") && words.hasSuffix(": row 7"))
    #expect(words.count > code.rawValue.count + 20)
  }
}
