import Primitives
import Testing

@testable import Benchmarks

@Suite struct SpanCorpusTests {
  private let corpus = SpanCorpus(
    texts: (0..<40).map { "text \($0): " + String(repeating: "words of number \($0) ", count: 30) })

  @Test func `a fifth of the texts are copies, and none is lost`() {
    var generator = SeededGenerator(seed: 1)
    let copied = corpus.withCopies(&generator)
    #expect(copied.texts.count == 50)
    #expect(Set(copied.texts) == Set(corpus.texts))
    #expect(copied.byteCount > corpus.byteCount)
  }

  @Test func `an answer has the asked length and holds passages of the texts`() {
    var generator = SeededGenerator(seed: 2)
    let answer = corpus.answer(ofBytes: 2_000, &generator)
    #expect(answer.count == 2_000)
    let start = String(decoding: answer.prefix(60), as: UTF8.self)
    #expect(corpus.texts.contains { $0.contains(start) })
  }
}
