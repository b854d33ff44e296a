import AttributionRules
import Foundation
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import ClientAPI
@testable import whence

@Suite struct ExplanationWordsTests {
  private let account = Identifier<Account>(Digest.zero)

  /// An answer with a span over bytes 3 ..< 9.
  private func explanation(
    question: String = "Why?", answer: String = "So, indeed it is.", retrieval: Bool = false
  ) -> Explanation {
    Explanation(
      receipt: .zero, model: "short-answers", run: Identifier(.zero), question: question,
      answer: answer, tokensIn: 3, tokensOut: 5, fee: Amount(baseUnits: 1_500_000_000_000_000_000),
      parts: [
        .init(payee: .contributors, amount: Amount(baseUnits: 750_000_000_000_000_000)),
        .init(payee: .server, amount: Amount(baseUnits: 750_000_000_000_000_000)),
      ],
      contributors: [
        .init(
          account: account, amount: Amount(baseUnits: 750_000_000_000_000_000),
          byInfluence: Amount(baseUnits: 1), byUplift: .zero, byRetrieval: .zero,
          upliftInMicroNats: -1500)
      ],
      records: [
        .init(
          record: .zero, chunk: 0, contributor: account, heightInThousandths: 1250, amount: .zero,
          text: .init(question: "<b>", answer: "\u{1b}[2J"))
      ],
      components: retrieval ? .init(adapterInMicroNats: 5, retrievalInMicroNats: 2_000_000) : nil,
      passages: retrieval
        ? [.init(record: .zero, contributor: nil, dropInMicroNats: 7000, amount: .zero, text: nil)]
        : [],
      spans: [
        .init(
          range: AnswerRange(3..<9), bits: 70,
          sources: [.init(record: .zero, contributor: account, text: nil)])
      ],
      areSpansStruck: false,
      certainty: .init(decoyCount: 20, recordCount: 48, isListFull: false, datamodelScore: nil),
      settlement: .open)
  }

  @Test func `an answer is cut where its spans begin and end`() {
    let pieces = explanation().answerPieces
    #expect(pieces.map(\.text) == ["So,", " indee", "d it is."])
    #expect(pieces.map(\.isVerbatim) == [false, true, false])
  }

  @Test func `a span that begins inside of a character takes it whole or leaves it`() {
    // The span covers the second byte of the ü, and what follows.
    let pieces = explanation(answer: "abüdefghi").answerPieces
    #expect(pieces.map(\.text).joined() == "abüdefghi")
    #expect(pieces.map(\.text) == ["abü", "defgh", "i"])
  }

  @Test func `an answer without a character has no pieces`() {
    #expect(explanation(answer: "").answerPieces == [])
  }

  @Test func `a page shows others' text as text`() {
    let names = AccountNames([account: "<mallory>"])
    let page = ExplanationPage(
      explanation: explanation(
        question: "<script>alert(1)</script>\u{202e}", answer: "\" onload='x' &amp;",
        retrieval: true),
      names: names
    ).html
    #expect(!page.contains("<script"))
    #expect(!page.contains("<mallory>"))
    #expect(!page.contains("\u{202e}"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(page.contains("&quot; o") && page.contains("&#39;x&#39; &amp;amp;"))
    #expect(page.contains("default-src 'none'"))
  }

  @Test func `a terminal is told the same, without what acts on it`() {
    let text = ExplanationText(
      explanation: explanation(retrieval: true), names: AccountNames([account: "alice"]),
      terminal: Terminal(isInteractive: false, hasColour: false, width: 80)
    ).text
    #expect(!text.contains("\u{1b}"))
    for words in [
      "Why?", "alice", "closed gate", "−0.002", "+2.000", "1.3", "indee", "50.0 %", "<0.000001",
      "fewer than one unrelated",
    ] { #expect(text.contains(words), "\(words)") }
  }

  @Test func `its JSON reads back as the same value`() throws {
    let told = explanation(retrieval: true)
    #expect(try JSON(encoding: told).decoded(as: Explanation.self) == told)
  }

  @Test(arguments: [
    (UInt128(0), "0"), (1, "<0.000001"), (499_999_999_999, "<0.000001"),
    (500_000_000_000, "0.000001"), (1_000_000_000_000_000_000, "1"),
    (12_345_678_900_000_000_000, "12.345679"), (1_250_000_000_000_000_000_000, "1250"),
  ])
  func `an amount is short for people`(baseUnits: UInt128, text: String) {
    #expect(Amount(baseUnits: baseUnits).short == text)
  }
}
