import ClientAPI
import Ledger
import Primitives

/// An explanation as one page of HTML that needs nothing else: no script, no font, no network.
struct ExplanationPage {
  let explanation: Explanation
  let names: AccountNames

  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>Why: \(explanation.question.escaped)</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <main>
    \(conversation)
    \(fee)
    \(contributors)
    \(records)
    \(passages)
    \(spans)
    \(certainty)
    </main>
    </body>
    </html>

    """
  }

  // MARK: - Sections

  private var conversation: String {
    let answer = explanation.answerPieces.map { piece in
      piece.isVerbatim ? "<mark>\(piece.text.escaped)</mark>" : piece.text.escaped
    }.joined()
    return """
      <header>
      <p class="small">A paid answer of \(explanation.speaker.escaped), \
      \(explanation.standing)</p>
      <h1>\(explanation.question.escaped)</h1>
      <blockquote>\(answer)</blockquote>
      </header>
      """
  }

  private var fee: String {
    let parts = explanation.parts.filter { $0.amount > .zero }
    let bar = parts.map { part in
      "<i class=\"\(part.payee.rawValue)\" style=\"flex-grow:\(part.weight(of: explanation.fee))\" "
        + "title=\"\(part.payee.spoken.escaped)\"></i>"
    }.joined()
    let rows = parts.map { part in
      "<tr><td><i class=\"key \(part.payee.rawValue)\"></i>\(part.payee.spoken.escaped)</td>"
        + "<td class=\"n\">\(part.amount.padded)</td>"
        + "<td class=\"n\">\(part.amount.percent(of: explanation.fee))</td></tr>"
    }.joined(separator: "\n")
    return """
      <section>
      <h2>The fee: \(explanation.fee.short) WHN</h2>
      <p class="small">\(explanation.tokensIn) tokens in, \(explanation.tokensOut) out</p>
      <div class="bar">\(bar)</div>
      <table>
      <tr><th>part</th><th class="n">WHN</th><th class="n">of the fee</th></tr>
      \(rows)
      </table>
      </section>
      """
  }

  private var contributors: String {
    guard !explanation.contributors.isEmpty else {
      return section(
        "Contributors",
        "<p>None: no contribution's gate is open, so their part went back to the payer.</p>")
    }
    let hasRetrieval = explanation.components != nil
    let rows = explanation.contributors.map { payee in
      var cells = [payee.amount.padded, payee.byInfluence.padded]
      if hasRetrieval { cells.append(payee.byRetrieval.padded) }
      cells += [payee.byUplift.padded, payee.upliftInMicroNats.nats]
      return "<tr><td title=\"\(payee.account)\">\(name(payee.account))</td>"
        + cells.map { "<td class=\"n\">\($0)</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    let headings =
      ["WHN", "by influence"] + (hasRetrieval ? ["by retrieval"] : [])
      + ["by uplift", "uplift, nats"]
    return section(
      "Who is paid for their data",
      "<table><tr><th>contributor</th>"
        + headings.map { "<th class=\"n\">\($0)</th>" }.joined() + "</tr>\n\(rows)</table>"
        + "<p class=\"small\">Influence is what this answer drew on; uplift is how much a "
        + "contribution lowers the loss on questions that nobody trained on.</p>")
  }

  private var records: String {
    guard !explanation.records.isEmpty else {
      return section(
        "Records it drew on",
        "<p>None stands out from what records do that the model never saw; the influence part "
          + "followed uplift.</p>")
    }
    let highest = max(1, explanation.records[0].heightInThousandths)
    let rows = explanation.records.map { record in
      let width = min(
        100, max(1, record.heightInThousandths.multipliedIfPossible(by: 100) / highest))
      let paid = record.amount > .zero ? record.amount.padded : "closed gate"
      return "<tr><td>\(words(record.text, record.record))</td><td>\(name(record.contributor))</td>"
        + "<td class=\"n\"><div class=\"level\"><i style=\"width:\(width)%\"></i></div>"
        + "\(record.heightInThousandths.tenths)</td><td class=\"n\">\(paid)</td></tr>"
    }.joined(separator: "\n")
    return section(
      "Records it drew on",
      "<table><tr><th>record</th><th>contributor</th><th class=\"n\">above the floor</th>"
        + "<th class=\"n\">WHN</th></tr>\n\(rows)</table>"
        + "<p class=\"small\">One stands for the floor's own height above what records do that the "
        + "model never saw.</p>")
  }

  private var passages: String {
    guard let components = explanation.components else { return "" }
    let rows = explanation.passages.enumerated().map { place, passage in
      "<tr><td>[\(place + 1)] \(words(passage.text, passage.record))</td>"
        + "<td>\(passage.contributor.map(name) ?? "?")</td>"
        + "<td class=\"n\">\(passage.dropInMicroNats.nats)</td>"
        + "<td class=\"n\">\(passage.amount.padded)</td></tr>"
    }.joined(separator: "\n")
    return section(
      "Passages in the prompt",
      "<p>They made the answer likelier by \(components.retrievalInMicroNats.nats) nats, the adapter "
        + "by \(components.adapterInMicroNats.nats).</p><table><tr><th>passage</th>"
        + "<th>contributor</th><th class=\"n\">nats</th><th class=\"n\">WHN</th></tr>\n\(rows)</table>"
    )
  }

  private var spans: String {
    guard let spans = explanation.spans else { return "" }
    guard !explanation.areSpansStruck else {
      return section(
        "Verbatim", "<p>What the receipt says of it was proved wrong on the ledger.</p>")
    }
    guard !spans.isEmpty else {
      return section(
        "Verbatim", "<p>Nothing of the answer stands word for word in a record.</p>")
    }
    let rows = spans.map { span in
      let sources = span.sources.map { source in
        (source.contributor.map(name) ?? "?") + ": " + words(source.text, source.record)
      }.joined(separator: "<br>")
      return "<tr><td><mark>\(explanation.text(of: span).escaped)</mark></td>"
        + "<td class=\"n\">\(span.bits)</td><td>\(sources)</td></tr>"
    }.joined(separator: "\n")
    return section(
      "Verbatim in the records",
      "<table><tr><th>words of the answer</th><th class=\"n\">bits</th><th>stand in, first committer "
        + "first</th></tr>\n\(rows)</table><p class=\"small\">Shown and citable; it pays nothing by "
        + "itself.</p>")
  }

  private var certainty: String {
    let sure = explanation.certainty.sentences.map { "<li>\($0.escaped)</li>" }.joined()
    let blind = Explanation.blindSpots.map { "<li>\($0.escaped)</li>" }.joined()
    return section("How sure this is", "<ul>\(sure)</ul>")
      + section("What it can't see", "<ul>\(blind)</ul>")
      + section(
        "Check it yourself",
        "<p>Every figure follows from the receipt, the ledger and public artifacts.</p>"
          + "<pre>whence verify \(explanation.receipt)</pre>")
  }

  // MARK: - Pieces

  private func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(title.escaped)</h2>\n\(content)\n</section>\n"
  }

  private func name(_ account: Identifier<Account>) -> String { names.name(of: account).escaped }

  private func words(_ text: Explanation.Text?, _ record: Digest) -> String {
    guard let text else {
      return "<code title=\"\(record)\">\(record.description.prefix(12))</code>"
    }
    return "\(text.question.escaped) <b>→</b> \(text.answer.escaped)"
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: light-dark(#1c1b19, #ece9e2);
      --paper: light-dark(#fdfcf9, #191817); --line: light-dark(#dedad0, #3a3733);
      --faint: light-dark(#6d685e, #9c968a); --mark: light-dark(#ffe9a8, #5a4710);
      --own: light-dark(#b4552d, #e08a5f); }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 1rem; }
    h2 { font-size: 1.05rem; margin: 2.2rem 0 .5rem; }
    blockquote { margin: 0; padding: .8rem 1.1rem; border-left: 3px solid var(--own);
      white-space: pre-wrap; overflow-wrap: anywhere; font-size: 1.1rem; }
    mark { background: var(--mark); color: inherit; border-radius: 2px; }
    table { border-collapse: collapse; width: 100%; font-size: .92rem; }
    th { text-align: left; font-weight: 500; color: var(--faint); }
    th, td { padding: .32rem .6rem .32rem 0; border-bottom: 1px solid var(--line);
      vertical-align: top; overflow-wrap: anywhere; }
    .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .small { color: var(--faint); font-size: .88rem; }
    .bar { display: flex; height: 1rem; border-radius: 4px; overflow: hidden; margin: .6rem 0; }
    .bar i { min-width: 1px; }
    .key { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px;
      margin-right: .5rem; }
    .contributors { background: #b4552d; } .adapter_owner { background: #c9974b; }
    .server { background: #7d9a5c; } .base_model { background: #4f8a83; }
    .adapter_stakers { background: #5b7fb0; } .validators { background: #7c6bb0; }
    .treasury { background: #a4688f; } .platform { background: #8d8577; }
    .refund { background: #c8c2b4; }
    .level { display: inline-block; width: 6rem; height: .5rem; margin-right: .5rem;
      background: var(--line); border-radius: 3px; overflow: hidden; }
    .level i { display: block; height: 100%; background: var(--own); }
    pre { background: var(--line); padding: .7rem; border-radius: 4px; overflow-x: auto; }
    """
}

extension Explanation.FeePart {
  /// Its part of a bar, in thousandths.
  fileprivate func weight(of fee: Amount) -> UInt128 {
    (try? amount.scaledRoundingDown(by: 1000, over: max(1, fee.baseUnits)))?.baseUnits ?? 0
  }
}

extension Int64 {
  fileprivate func multipliedIfPossible(by factor: Int64) -> Int64 {
    let (product, overflowed) = multipliedReportingOverflow(by: factor)
    return overflowed ? .max : product
  }
}

extension String {
  /// The text as HTML shows it, within an attribute too; what acts on readers' screens unseen stays
  /// out, as on a terminal.
  var escaped: String {
    var text = ""
    for character in inLines {
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.append(character)
      }
    }
    return text
  }
}
