import ClientAPI
import JSONCoding
import Primitives
import Testing

@testable import whence

@Suite struct ConversationTests {
  private func turn(_ number: Int, text: String = "an answer") -> Conversation.Turn {
    .init(
      question: "question \(number)",
      answer: ChatCompletion(
        order: .zero, model: "m", text: text, end: .stop, tokensIn: 3, tokensOut: 2,
        fee: Amount(baseUnits: 5)))
  }

  @Test func `what was said comes before the question, oldest first`() {
    var conversation = Conversation(system: "Be brief.")
    conversation.append(turn(1))
    conversation.append(turn(2, text: ""))
    #expect(
      conversation.messages(asking: "and?").map(\.content) == [
        "Be brief.", "question 1", "an answer", "question 2", "...", "and?",
      ])
  }

  @Test func `no request has more messages than one may have, and the latest stay`() throws {
    var conversation = Conversation(system: "s")
    for number in 1...100 { conversation.append(turn(number)) }
    let messages = conversation.messages(asking: "last")
    #expect(messages.count <= ChatRequest.messageMaximum && messages.first?.role == .system)
    #expect(messages.last?.content == "last" && messages.dropLast().last?.content == "an answer")
    #expect(messages.contains { $0.content == "question 100" })
    _ = try ChatRequest(
      parsing: ChatRequest(model: "m", messages: messages).body)
  }

  @Test func `what does not fit is left out from the oldest, and what was paid stays counted`() {
    var conversation = Conversation()
    conversation.append(turn(1))
    conversation.append(turn(2))
    let hasShortened = conversation.shorten()
    #expect(hasShortened)
    #expect(conversation.messages(asking: "q").first?.content == "question 2")
    let left = [conversation.shorten(), conversation.shorten()]
    #expect(left == [true, false])
    conversation.clear()
    #expect(conversation.turns.isEmpty && conversation.answers == 2)
    #expect(conversation.fees == Amount(baseUnits: 10) && conversation.tokensIn == 6)
  }

  @Test func `it is saved as a page, or as JSON for a file named so`() throws {
    var conversation = Conversation()
    conversation.append(turn(1))
    #expect(conversation.document(for: "a.md").hasPrefix("> question 1\n\nan answer\n\n*m: "))
    let json = try JSON(parsing: conversation.document(for: "a.JSON"))
    #expect(json[0]?["question"]?.string == "question 1" && json[0]?["fee"]?.string == "5")
  }
}
