import AttributionRules
import ClientAPI
import Foundation
import JSONCoding
import LanguageModels
import Ledger
import NodeHTTP
import OpenLoRA
import Primitives

extension Command {
  static let why = Command(
    name: "why",
    summary: "Explain an answer: what it drew on, who is paid for it, and how sure that is",
    operands: [
      .init(name: "RECEIPT", help: "an order's digest, or a file with the receipt's bytes")
    ],
    options: [
      .node, .data,
      .init(name: "html", value: "FILE", help: "write a page for a browser", excludes: ["json"]),
      .init(name: "json", help: "print JSON"),
    ]
  ) { arguments in
    let source = try VerificationSource(
      node: arguments.nodeURL(), keys: arguments.recipientKeys())
    let published = try await source.receipt(named: arguments.operand("RECEIPT") ?? "")
    let explanation = try await source.checkedExplanation(of: published)
    let names = try AccountNames(folder: arguments.dataPath())
    if arguments.isOn("json") {
      print(try JSON(encoding: explanation).text(.indented))
    } else if let file = arguments.text("html") {
      try Data(ExplanationPage(explanation: explanation, names: names).html.utf8).write(asked: file)
    } else {
      print(
        ExplanationText(explanation: explanation, names: names, terminal: .standard).text,
        terminator: "")
    }
  }
}

extension VerificationSource {
  /// Checks a receipt's arithmetic and explains it, or says what is wrong with it.
  /// - Throws: ``CommandFailed`` if it is wrong.
  func checkedExplanation(of published: PublishedReceipt) async throws -> Explanation {
    do {
      let tokenizer = try LocalModel.tokenizer()
      let verifier = ReceiptVerifier(ledger: ledger, blobs: blobs, tokenizer: tokenizer)
      try await verifier.checkChain(of: published)
      try await fetchArtifacts(of: published.receipt)
      try await verifier.checkArithmetic(of: published)
      return try await explanation(of: published, tokenizer: tokenizer)
    } catch let fault as ReceiptFault {
      print(
        Terminal.standard.styled("the receipt is wrong: \(fault.rawValue)", .bad)
          + "\n\(fault.meaning)")
      throw CommandFailed()
    }
  }

  /// Explains a receipt from the ledger and the run's artifacts, which must be here.
  func explanation(
    of published: PublishedReceipt, tokenizer: Tokenizer
  ) async throws -> Explanation {
    let receipt = published.receipt
    let order = receipt.order.order
    guard let adapter = try await ledger.record(.adapter(order.adapter)),
      let run = try await ledger.record(.run(receipt.run)),
      let terms = try await ledger.feeTerms(order.terms)
    else { throw ReceiptFault.unknownSubject }
    let artifacts = Artifacts(blobs: blobs)
    let manifest = try artifacts.manifest(of: run)
    var batch: BatchRecord?
    var outcome: ReceiptOutcome?
    var areSpansStruck = false
    if let settlement = published.settlement {
      batch = try await ledger.record(.batch(settlement.batch))
      outcome = try await ledger.record(.outcome(settlement.leaf))
      areSpansStruck = try await ledger.record(.struckSpans(settlement.leaf)) == true
    }
    let index = try artifacts.index(of: manifest, run: run)
    let texts = try await PublishedTexts.load(
      of: manifest, index: index, artifacts: artifacts, ledger: ledger)
    return try Explanation(
      of: published,
      from: ExplanationSources(
        adapter: adapter, run: run, index: index, terms: terms, batch: batch,
        outcome: outcome, areSpansStruck: areSpansStruck,
        answer: tokenizer.decode(published.disclosure.answer.map { Int32(bitPattern: $0) }),
        datamodelScore: try await datamodelScore(of: receipt.run), text: texts.explained))
  }

  /// What the run's card says of its scores, worked out here; nil without a card that holds.
  private func datamodelScore(
    of run: Identifier<Run>
  ) async throws -> Explanation.DatamodelScore? {
    let subject = try await CardSource(run, from: self)
    guard let card = try await subject.offered() else { return nil }
    do {
      return Explanation.DatamodelScore(try subject.figures(of: card))
    } catch {
      FileHandle.standardError.write(
        Data("whence: the run's card is not taken: \(error.rawValue)\n".utf8))
      return nil
    }
  }
}

extension PublishedTexts {
  /// A record's text for people, unless it was withdrawn since.
  fileprivate func explained(_ record: Digest) -> Explanation.Text? {
    guard !withdrawn.contains(record), let text = texts[record]?.record else { return nil }
    return Explanation.Text(question: text.question, answer: text.answer)
  }
}
