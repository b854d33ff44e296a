import Attribution
import LanguageModels
import Testing

@Suite struct ChunkTests {
  private func example(prompt: Int, answer: Int) -> TrainingExample {
    TrainingExample(
      promptTokens: (0..<Int32(prompt)).map { $0 },
      answerTokens: (0..<Int32(answer)).map { -$0 - 1 })
  }

  @Test func `an example that fits stays whole`() {
    let whole = example(prompt: 300, answer: 212)
    #expect(whole.chunks() == [whole])
  }

  @Test(arguments: [(1, 512), (300, 213), (40, 5_000), (5_000, 7), (513, 257), (2_000, 2_000)])
  func `chunks hold every answer token once, and what stood before it`(prompt: Int, answer: Int) {
    let whole = example(prompt: prompt, answer: answer)
    let all = whole.promptTokens + whole.answerTokens
    let chunks = whole.chunks()
    #expect(chunks.flatMap(\.answerTokens) == whole.answerTokens)
    var start = prompt
    for chunk in chunks {
      #expect(chunk.tokenCount <= 512)
      #expect(chunk.tokenCount == min(512, start + chunk.answerTokens.count))
      #expect(chunk.promptTokens == all[..<start].suffix(chunk.promptTokens.count))
      start += chunk.answerTokens.count
    }
    let lengths = chunks.map(\.answerTokens.count)
    #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
  }
}
