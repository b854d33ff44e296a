internal import Primitives

extension Attack {
  /// Another's records under one's own name, as they are or changed so that they pass for new.
  static let copyAttacks: [Attack] = [
    Attack("copy", "commits a contributor's revealed records as its own") { workshop in
      let victim = workshop.field.victim
      return try await workshop.outcome(
        ofNewcomers: [Offer("copier", victim.records)], victim: victim.account, isCopy: true)
    },
    noisyCopy("noisy_copy_5", "the same with 5 % of the bytes changed", bytes: 5),
    noisyCopy("noisy_copy_10", "the same with 10 % of the bytes changed", bytes: 10),
    noisyCopy("noisy_copy_20", "the same with 20 % of the bytes changed", bytes: 20),
    noisyCopy("noisy_words_10", "the same with 10 % of the words changed", words: 10),
    noisyCopy("noisy_words_20", "the same with 20 % of the words changed", words: 20),
    Attack("copy_everybody", "commits a few revealed records of everybody") { workshop in
      let records = workshop.field.scene.offers.flatMap { $0.records.prefix(4) }
      return try await workshop.outcome(ofNewcomers: [Offer("copier", records)], isCopy: true)
    },
    Attack("copy_everybody_noisy", "the same with 10 % of the bytes changed") { workshop in
      var random = workshop.field.random("copy_everybody_noisy")
      let documents = workshop.field.scene.offers.flatMap { offer in
        workshop.field.documents(of: offer).prefix(4)
      }.map { AttackText.changingBytes(of: $0, percent: 10, by: &random) }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("copier", documents: documents)], isCopy: true)
    },
    Attack("copy_smuggled", "hides copies with 10 % of the bytes changed among good records") {
      workshop in
      let field = workshop.field
      var random = field.random("copy_smuggled")
      let copies = field.documents(of: field.victim).map {
        AttackText.changingBytes(of: $0, percent: 10, by: &random)
      }
      let documents = field.documents(of: field.insider) + copies
      return try await workshop.outcome(
        ofInsider: [try Offer(field.insider.account, documents: documents)])
    },
  ]

  private static func noisyCopy(
    _ name: String, _ summary: String, bytes: Int = 0, words: Int = 0
  ) -> Attack {
    Attack(name, summary) { workshop in
      let field = workshop.field
      var random = field.random(name)
      let documents = field.documents(of: field.victim).map { document in
        bytes > 0
          ? AttackText.changingBytes(of: document, percent: bytes, by: &random)
          : AttackText.changingWords(of: document, percent: words, by: &random)
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("copier", documents: documents)], victim: field.victim.account,
        isCopy: true)
    }
  }
}
