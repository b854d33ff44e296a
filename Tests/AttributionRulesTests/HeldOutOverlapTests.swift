import Testing

@testable import AttributionRules

struct HeldOutOverlapTests {
  /// The form of a file's lines, around what each line says.
  private func line(_ content: String) -> RecordOutline {
    RecordOutline(term: "", question: "usr/include", answer: "/openssl/\(content).h")
  }

  private let items = [
    "camellia 7f13ab", "rsa keys 0c2d", "sha digest e4b9", "bignum 55d1 long", "elliptic curve a8",
  ]

  @Test func `a line of the questions' form gives none of them away`() {
    let overlap = HeldOutOverlap(items: items.map(line))
    for other in ["blowfish 91ee cipher", "random f00d pool", "idea 77 3c", "x509 v3 b6b6"] {
      #expect(items.indices.allSatisfy { !overlap.isGivenAway($0, by: line(other)) })
    }
  }

  @Test func `a question is given away by itself, a part of it, and it among much else`() {
    let text = "the quick brown fox jumps over a lazy dog by the river at noon"
    func outline(_ answer: String) -> RecordOutline {
      RecordOutline(term: "", question: "", answer: answer)
    }
    let overlap = HeldOutOverlap(items: [outline(text), outline("nothing of the kind")])
    let half = String(text.prefix(text.count / 2))
    let filler = (0..<200).map { "filler\($0)" }.joined(separator: " ")
    for leak in [text, half, "\(filler) \(text) \(filler)", "\(filler) \(half)"] {
      #expect(overlap.isGivenAway(0, by: outline(leak)))
      #expect(!overlap.isGivenAway(1, by: outline(leak)))
    }
    #expect(!overlap.isGivenAway(0, by: outline(filler)))
  }

  @Test func `a question that another repeats is still given away`() {
    let twice = HeldOutOverlap(items: [line(items[0]), line(items[0])])
    #expect(twice.isGivenAway(0, by: line(items[0])))
    #expect(twice.isGivenAway(1, by: line(items[0])))
  }

  @Test func `a question about something else gives away nothing but by most of the words`() {
    func gloss(_ term: String, _ answer: String) -> RecordOutline {
      RecordOutline(term: term, question: "Define the word \(term).", answer: answer)
    }
    let item = gloss("arachnid", "an arthropod with eight legs and no wings")
    let overlap = HeldOutOverlap(items: [item, gloss("fern", "a plant that has no flowers")])
    #expect(overlap.isGivenAway(0, by: gloss("arachnid", "a small arthropod with eight eyes")))
    #expect(!overlap.isGivenAway(0, by: gloss("insect", "a small arthropod with six eyes")))
    #expect(overlap.isGivenAway(0, by: gloss("x", "an arthropod with eight legs and no wings")))
  }
}
