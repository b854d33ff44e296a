import ClientAPI
import JSONCoding
import Ledger
import Primitives

/// What was asked and answered so far, and what it cost.
struct Conversation: Sendable {
  struct Turn: Sendable {
    let question: String
    let answer: ChatCompletion
  }

  /// Said before everything else, if anything is.
  let system: String?
  private(set) var turns: [Turn] = []
  /// Of every answer that was paid, forgotten ones too.
  private(set) var answers = 0
  private(set) var tokensIn: UInt64 = 0
  private(set) var tokensOut: UInt64 = 0
  private(set) var fees = Amount.zero
  /// Answers that were given up after they began: what came of them is paid, and counted nowhere else.
  private(set) var stopped = 0
  /// Turns from here on are sent with the next question.
  private var firstSent = 0

  init(system: String? = nil) { self.system = system }

  mutating func append(_ turn: Turn) {
    turns.append(turn)
    answers += 1
    tokensIn += UInt64(turn.answer.tokensIn)
    tokensOut += UInt64(turn.answer.tokensOut)
    fees = (try? fees.adding(turn.answer.fee)) ?? fees
  }

  mutating func stop() { stopped += 1 }

  /// Begins anew; what was paid stays counted.
  mutating func clear() { (turns, firstSent) = ([], 0) }

  /// Leaves the oldest turn out of what is sent; false if there is none left.
  mutating func shorten() -> Bool {
    guard firstSent < turns.count else { return false }
    firstSent += 1
    return true
  }

  /// The messages of the next request, as many of the latest as one may have.
  func messages(asking question: String) -> [ChatRequest.Message] {
    let system = system.map { [ChatRequest.Message(role: .system, content: $0)] } ?? []
    let room = (ChatRequest.messageMaximum - system.count - 1) / 2
    let said = turns.dropFirst(firstSent).suffix(room).flatMap { turn in
      [
        ChatRequest.Message(role: .user, content: turn.question),
        ChatRequest.Message(role: .assistant, content: turn.answer.text),
      ]
    }
    // An answer may be empty, and no message may.
    let told = said.map { message in
      message.content.isEmpty
        ? ChatRequest.Message(role: message.role, content: "...") : message
    }
    return system + told + [ChatRequest.Message(role: .user, content: question)]
  }

  // MARK: - Saving

  /// A page of Markdown, or JSON for a file that is named so.
  func document(for file: String) -> String {
    file.lowercased().hasSuffix(".json") ? json.text(.indented) + "\n" : markdown
  }

  private var markdown: String {
    turns.map { turn in
      let question = turn.question.split(separator: "\n", omittingEmptySubsequences: false)
        .map { "> \($0)" }.joined(separator: "\n")
      let answer = turn.answer
      return "\(question)\n\n\(answer.text)\n\n"
        + "*\(answer.model): \(answer.fee.tokens) WHN, receipt `\(answer.order)`*\n\n"
    }.joined()
  }

  private var json: JSON {
    .array(
      turns.map { turn in
        [
          "model": .string(turn.answer.model), "question": .string(turn.question),
          "answer": .string(turn.answer.text), "fee": .string(turn.answer.fee.description),
          "tokens_in": .integer(turn.answer.tokensIn),
          "tokens_out": .integer(turn.answer.tokensOut),
          "receipt": .string(turn.answer.order.description),
        ]
      })
  }
}
