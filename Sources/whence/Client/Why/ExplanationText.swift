import ClientAPI
import Ledger
import Primitives

/// An explanation in lines for a terminal.
struct ExplanationText {
  let explanation: Explanation
  let names: AccountNames
  let terminal: Terminal

  /// How many records are told; a page of HTML or JSON has them all.
  static let mostRecords = 12

  var text: String {
    [
      conversation, fee, contributors, records, passages, spans, certainty,
      blindSpots,
    ].joined()
  }

  // MARK: - What was said

  private var conversation: String {
    let answer = explanation.answerPieces.map { piece in
      let text = piece.text.inLines
      return piece.isVerbatim ? terminal.styled(text, .warning) : text
    }.joined()
    let model = "\(explanation.speaker.inOneLine) answered"
    return terminal.styled(explanation.question.inLines, .bold) + "\n"
      + terminal.styled("\(model):", .faint) + "\n" + answer + "\n"
  }

  // MARK: - Who is paid

  private var fee: String {
    let rows = explanation.parts.filter { $0.amount > .zero }.map {
      [$0.payee.spoken, $0.amount.short, $0.amount.percent(of: explanation.fee)]
    }
    return terminal.title(
      "Fee \(explanation.fee.short) WHN for \(explanation.tokensIn) tokens in, "
        + "\(explanation.tokensOut) out; \(explanation.standing)")
      + terminal.table(["part", "WHN", "of the fee"], rows)
  }

  private var contributors: String {
    guard !explanation.contributors.isEmpty else {
      return terminal.title("Contributors")
        + "  None: no contribution's gate is open, so their part went back to the payer.\n"
    }
    let hasRetrieval = explanation.components != nil
    let rows = explanation.contributors.map { payee in
      [names.name(of: payee.account), payee.amount.short, payee.byInfluence.short]
        + (hasRetrieval ? [payee.byRetrieval.short] : [])
        + [payee.byUplift.short, payee.upliftInMicroNats.nats]
    }
    return terminal.title("Contributors")
      + terminal.table(
        ["who", "WHN", "by influence"] + (hasRetrieval ? ["by retrieval"] : [])
          + ["by uplift", "uplift, nats"], rows)
  }

  // MARK: - Because of what

  private var records: String {
    guard !explanation.records.isEmpty else {
      return terminal.title("Records")
        + "  None stands out from what records do that the model never saw; the influence part "
        + "followed uplift.\n"
    }
    let rows = explanation.records.prefix(Self.mostRecords).map { record in
      [
        names.name(of: record.contributor), record.heightInThousandths.tenths,
        record.amount > .zero ? record.amount.short : "closed gate",
        String(record.spoken.prefix(max(24, terminal.width - 52))),
      ]
    }
    let count = explanation.records.count
    let more = count > rows.count ? "  and \(count - rows.count) more; --json has them all\n" : ""
    return terminal.title("Records it drew on, of \(explanation.certainty.recordCount)")
      + terminal.table(["who", "above the floor", "WHN", "record"], rows) + more
  }

  private var passages: String {
    guard let components = explanation.components else { return "" }
    let rows = explanation.passages.enumerated().map { place, passage in
      [
        "[\(place + 1)]", passage.contributor.map(names.name) ?? "?",
        passage.dropInMicroNats.nats, passage.amount.short,
        String(passage.spoken.prefix(max(24, terminal.width - 48))),
      ]
    }
    return terminal.title(
      "Passages in the prompt: \(components.retrievalInMicroNats.nats) nats, "
        + "the adapter \(components.adapterInMicroNats.nats)")
      + terminal.table(["", "who", "nats", "WHN", "passage"], rows)
  }

  private var spans: String {
    guard let spans = explanation.spans else { return "" }
    guard !explanation.areSpansStruck else {
      return terminal.title("Verbatim")
        + "  What the receipt says of it was proved wrong on the ledger.\n"
    }
    guard !spans.isEmpty else {
      return terminal.title("Verbatim")
        + "  Nothing of the answer stands word for word in a record.\n"
    }
    let rows = spans.map { span in
      [
        "\(span.bits)", span.sources.first?.contributor.map(names.name) ?? "?",
        span.sources.count > 1 ? "+\(span.sources.count - 1)" : "",
        String(explanation.text(of: span).prefix(max(24, terminal.width - 36))),
      ]
    }
    return terminal.title("Verbatim in the records (shown, not paid by itself)")
      + terminal.table(["bits", "first said by", "", "words"], rows)
  }

  // MARK: - How sure

  private var certainty: String {
    terminal.title("How sure")
      + explanation.certainty.sentences.map { "  \($0)\n" }.joined()
  }

  private var blindSpots: String {
    terminal.title("What this can't see")
      + Explanation.blindSpots.flatMap { $0.wrapped(at: terminal.width - 4) }
      .map { "  \($0)\n" }.joined()
      + terminal.styled("\nwhence verify \(explanation.receipt)", .faint) + "\n"
  }
}
