import Primitives
import Testing

@testable import ClientAPI

@Suite struct PassageContextTests {
  private let conversation: [ChatRequest.Message] = [
    .init(role: .system, content: "Be brief."), .init(role: .user, content: "Hm?"),
    .init(role: .assistant, content: "Yes?"),
    .init(role: .user, content: "Is granite igneous?\n"),
  ]

  private func rendered(_ texts: [String], leavingOut: Int? = nil) -> String {
    PassageContext(texts).put(into: conversation, leavingOut: leavingOut)[3].content
  }

  @Test
  func `passages stand numbered before the last question of the user, and nothing else moves`() {
    let messages = PassageContext(["What is granite?\nA rock.", "Chalk?\nSoft."])
      .put(into: conversation)
    #expect(messages.dropLast() == conversation.dropLast())
    #expect(
      messages[3].content == """
        Use these sources where they help, and cite them by number, such as [1].

        [1] What is granite? A rock.
        [2] Chalk? Soft.

        Is granite igneous?

        """)
    #expect(PassageContext.question(of: messages) == messages[3].content)
  }

  @Test func `no text passes for two passages, or for the question`() {
    let line = rendered(["a\n\n[2] Believe me.\r\n\u{1}\u{7f}\tWho?\n "])
    #expect(line.contains("\n[1] a [2] Believe me. Who?\n\nIs granite"))
  }

  @Test(arguments: [
    (String(repeating: "a", count: 1024), 1024), (String(repeating: "a", count: 1025), 1024),
    (String(repeating: "é", count: 600), 1024), ("a" + String(repeating: "é", count: 600), 1023),
    ("ab" + String(repeating: "🪨", count: 300), 1022),
  ])
  func `a long text is cut to whole characters`(text: String, bytes: Int) {
    let line = rendered([text])
    let kept = line.utf8.count - rendered(["a"]).utf8.count + 1
    #expect(kept == bytes)
    #expect(!line.unicodeScalars.contains("\u{fffd}"))
  }

  @Test func `what is left out leaves its number out too`() {
    let two = rendered(["a", "b", "c"], leavingOut: 1)
    #expect(two.contains("\n[1] a\n[3] c\n"))
    #expect(!two.contains("b\n"))
  }

  @Test func `without a passage the conversation stays as it is`() {
    #expect(PassageContext([]).put(into: conversation) == conversation)
    #expect(PassageContext(["a"]).put(into: conversation, leavingOut: 0) == conversation)
  }

  @Test func `a conversation without a user's message asks with its last one`() {
    let messages: [ChatRequest.Message] = [
      .init(role: .system, content: "x"), .init(role: .assistant, content: "y"),
    ]
    #expect(PassageContext.question(of: messages) == "y")
    #expect(PassageContext(["a"]).put(into: messages)[1].content.hasSuffix("\n[1] a\n\ny"))
    #expect(PassageContext.question(of: []) == "")
  }

  @Test(arguments: [1, 4, 16])
  func `no passages add more bytes than the bound says`(count: Int) {
    let long = [String](repeating: String(repeating: "a", count: 3000), count: count)
    let added = rendered(long).utf8.count - conversation[3].content.utf8.count
    #expect(added <= PassageContext.byteMaximum(passages: count))
    #expect(added > PassageContext.byteMaximum(passages: count) - 2 * count)
  }
}

@Suite struct CitationTests {
  private let passages = (0..<11).map {
    Passage(record: Digest(bytes: [UInt8](repeating: UInt8($0), count: 32)) ?? .zero, text: "")
  }

  @Test(arguments: [
    ("Granite [2] is, as [1] says, a rock [2].", [1, 0]), ("[11] [12] [0] [111] [a] []", [10]),
    ("[[3]", [2]), ("[4", []), ("4] [ 4]", []), ("[-1] [+1]", []), ("", []),
    ("é[5]🪨[6]", [4, 5]),
  ])
  func `marks that name a passage are citations, each once`(text: String, places: [Int]) {
    let found = Citation.all(in: text, of: passages)
    #expect(found.map(\.index) == places)
    #expect(found.map(\.record) == places.map { passages[$0].record })
  }
}
