internal import AttributionRules
internal import ClientAPI
internal import Cryptography
internal import Datanets
internal import Primitives

/// Records that one account commits to and reveals.
struct Offer {
  /// Who is paid; a name of its own for each account.
  let account: String
  let records: [InstructionRecord]

  init(_ account: String, _ records: [InstructionRecord]) {
    self.account = account
    self.records = records
  }

  init(_ account: String, documents: [String]) throws {
    self.init(account, try documents.map(AttackText.record))
  }

  /// The offer behind a secret that follows from the account's name and the offer's place.
  func bundle(_ place: Int) throws -> ContributionBundle {
    let name = Array("\(account), secret \(place)".utf8)
    return try ContributionBundle(
      records: records, secret: Digest(domain: "bench/attack-secret", hashing: name))
  }
}

/// Everything that decides who is paid what for a run's answers.
struct AttackScene {
  /// In the order of their commitments.
  var offers: [Offer]
  /// To other Datanets, committed before those.
  var elsewhere: [Offer] = []
  var heldOut: [HeldOutItem]
  /// What consumers ask, and the answers that they get.
  var questions: [HeldOutItem]
  /// What the block draws that divides records from decoys.
  let block: Digest
  let trainingSeed: UInt64
  let decoyCount: Int

  /// The offers, committed one a block.
  func committed() throws -> [CommittedContribution] {
    try Self.committed(offers, from: elsewhere.count)
  }

  func committedElsewhere() throws -> [CommittedContribution] {
    try Self.committed(elsewhere, from: 0)
  }

  private static func committed(
    _ offers: [Offer], from start: Int
  ) throws -> [CommittedContribution] {
    try offers.enumerated().map { number, offer in
      let place = start + number
      return CommittedContribution(
        bundle: try offer.bundle(place),
        origin: RecordOrigin(
          contributor: SHA256.digest(of: Array(offer.account.utf8)),
          group: SHA256.digest(of: Array("\(offer.account), contribution \(place)".utf8))),
        height: Height(UInt64(place) + 1), indexInBlock: 0)
    }
  }

  /// The same with these offers committed last.
  func adding(_ more: [Offer]) -> AttackScene {
    var scene = self
    scene.offers += more
    return scene
  }

  /// The same with an account's offer replaced, at its place in the order.
  func replacing(_ account: String, by offers: [Offer]) -> AttackScene {
    var scene = self
    scene.offers = scene.offers.flatMap { $0.account == account ? offers : [$0] }
    return scene
  }
}

/// Honest contributors of the kept task, questions held out from all of them, and text that an
/// attacker may have: drawn from a seed.
struct AttackField {
  struct Sizes: Hashable, Sendable {
    var contributors: Int
    /// That each of them offers.
    var records: Int
    /// Held-out questions of each kind of text, and questions that consumers ask.
    var heldOut: Int
    var questions: Int
    var decoys: Int

    static let quick = Sizes(contributors: 5, records: 16, heldOut: 8, questions: 6, decoys: 16)
    static let whole = Sizes(contributors: 12, records: 32, heldOut: 8, questions: 8, decoys: 64)
  }

  let scene: AttackScene
  let seed: UInt64
  let names: [String]
  /// Documents of each contributor's kind that nobody offers, holds out or asks about.
  let spare: [[String]]

  init(_ task: AttributionTask, _ sizes: Sizes, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let chosen = random.shuffled(task.contributors).prefix(sizes.contributors)
    var offers: [Offer] = []
    var heldOut: [HeldOutItem] = []
    var questions: [HeldOutItem] = []
    var spare: [[String]] = []
    for contributor in chosen {
      var rest = random.shuffled(contributor.documents + contributor.heldOut)[...]
      func take(_ count: Int) -> [String] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
      }
      func items(_ count: Int) throws -> [HeldOutItem] {
        try take(count).map {
          HeldOutItem(domain: contributor.name, record: try AttackText.record($0))
        }
      }
      offers.append(try Offer(contributor.name, documents: take(sizes.records)))
      heldOut += try items(sizes.heldOut)
      questions += try items(sizes.questions)
      spare.append(Array(rest))
    }
    self.seed = seed
    names = chosen.map(\.name)
    self.spare = spare
    scene = AttackScene(
      offers: offers, heldOut: heldOut, questions: questions,
      block: Digest(domain: "bench/attack-block", hashing: Digest(words: [0, 0, 0, seed]).bytes),
      trainingSeed: seed, decoyCount: sizes.decoys)
  }

  /// Whose records are copied, and who is the attacker where the attacker has records of its own.
  var victim: Offer { scene.offers[0] }
  var insider: Offer { scene.offers[scene.offers.count - 1] }

  /// A stream of its own for each attack.
  func random(_ attack: String) -> SeededGenerator {
    let digest = SHA256.digest(of: Array("\(attack) \(seed)".utf8))
    return SeededGenerator(seed: digest.words[0])
  }

  func documents(of offer: Offer) -> [String] { offer.records.map(AttackText.document) }
}
