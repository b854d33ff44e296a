import ClientAPI
import Foundation
import Ledger
import Primitives
import Synchronization

/// What a conversation looks like.
struct ChatScreen: Sendable {
  let terminal: Terminal
  /// Whether lines are edited here: a pipe gets no prompts and no decoration.
  let isInteractive: Bool

  /// With marks around the style, for libedit, which has to know the prompt's width.
  var prompt: String {
    guard terminal.hasColour else { return "> " }
    let styled = terminal.styled("\u{0}", .bold).split(separator: "\u{0}")
    return "\u{1}\(styled[0])\u{1}❯\u{1}\(styled[1])\u{1} "
  }

  func greet(_ model: ModelChoice, channel: Amount) {
    guard isInteractive else { return }
    print("")
    print(
      "  " + terminal.styled(model.name.inOneLine, .bold)
        + faint(" on \(model.parts[0].listing.baseModel.inOneLine)"))
    for part in model.parts {
      let listing = part.listing
      print(
        faint(
          "  " + (model.isEnsemble ? "\(listing.name.inOneLine): " : "")
            + "\(listing.rateIn.short) WHN for 1,000 tokens in, \(listing.rateOut.short) out"))
    }
    print(faint("  the channel holds \(channel.short) WHN"))
    print(faint("  /help lists what else can be done; Ctrl-C stops an answer, Ctrl-D ends"))
    print("")
  }

  func tellReceipts(_ orders: [Digest]) { print(receipts(orders)) }

  private func receipts(_ orders: [Digest]) -> String {
    orders.map { faint("  receipt \($0)") }.joined(separator: "\n")
  }

  /// What stands under an answer.
  func footer(_ answer: ChatCompletion, after duration: Duration) -> String {
    let seconds = duration / .seconds(1)
    let end = answer.end == .length ? " · cut at the limit" : ""
    let counts =
      "\(answer.tokensIn) tokens in, \(answer.tokensOut) out · \(answer.fee.short) WHN · "
      + "\(seconds.rounded(places: 1)) s\(end)"
    return faint("  \(counts)") + "\n"
      + receipts(answer.orders)
  }

  func faint(_ text: String) -> String { terminal.styled(text, .faint) }

  func note(_ text: String) { print(faint(isInteractive ? "  \(text)" : text)) }

  func complain(_ error: any Error) {
    print(terminal.styled("  \("\(error)".inOneLine)", .bad))
  }

  /// Passages that an answer could lean on; those that it cites are marked.
  func tellPassages(of answer: ChatCompletion) {
    let cited = Set(answer.citations.map(\.index))
    for (place, passage) in answer.passages.enumerated() {
      var wrapper = TextWrapper(indent: "      ", width: width)
      let text = wrapper.append(passage.text.inOneLine) + wrapper.finish()
      let line = "  [\(place + 1)] " + text.dropFirst(6)
      print(cited.contains(place) ? line : faint(line))
    }
  }

  func tellModels(_ models: [ModelListing], current: ModelChoice) {
    print(
      terminal.table(
        ["", "model", "base", "WHN / 1,000 in", "out"],
        models.map {
          [
            current.adapters.contains($0.adapter) ? "❯" : "", $0.name, $0.baseModel,
            $0.rateIn.short,
            $0.rateOut.short,
          ]
        }), terminator: "")
  }

  /// Columns for text; as it comes where nobody watches.
  var width: Int { isInteractive ? terminal.width : .max }

  static let help: [(name: String, meaning: String)] = [
    ("/model [NAME]", "lists the models, or goes on with another, or with 2*A+B together"),
    ("/why", "explains the last answer: what it drew on, who is paid"),
    ("/verify", "recomputes the last answer's receipt"),
    ("/cost", "says what this conversation has cost"),
    ("/save FILE", "writes it down: Markdown, or JSON if FILE ends in .json"),
    ("/clear", "forgets what was said"),
    ("/help", "shows this"),
    ("/quit, Ctrl-D", "ends"),
    ("Ctrl-C", "stops an answer, or gives a line up. One that ends in \\ goes on in the next"),
  ]

  func tellHelp() {
    print(
      columns(Self.help.map { (terminal.styled($0.name, .bold), $0.meaning) }), terminator: "")
  }
}

/// Shows an answer while it comes.
final class AnswerPrinter: Sendable {
  private struct State: Sendable {
    var wrapper: TextWrapper
    var hasBegun = false
  }

  private let screen: ChatScreen
  private let state: Mutex<State>

  init(_ screen: ChatScreen) {
    self.screen = screen
    state = Mutex(
      State(wrapper: TextWrapper(indent: screen.isInteractive ? "  " : "", width: screen.width)))
  }

  /// Says that something is under way, until the first piece of text.
  func wait(for what: String) {
    guard screen.isInteractive else { return }
    ProgressBar.put(screen.faint("  \(what) …"))
  }

  func take(_ text: String) {
    state.withLock { state in
      begin(&state)
      print(state.wrapper.append(text.inLines), terminator: "")
      fflush(nil)
    }
  }

  /// Leaves the cursor at the beginning of a line.
  func finish() {
    state.withLock { state in
      begin(&state)
      print(state.wrapper.finish(), terminator: "")
      if state.wrapper.isMidLine { print("") }
      fflush(nil)
    }
  }

  private func begin(_ state: inout State) {
    guard !state.hasBegun else { return }
    state.hasBegun = true
    if screen.isInteractive { ProgressBar.put("\r\u{1b}[K") }
  }
}
