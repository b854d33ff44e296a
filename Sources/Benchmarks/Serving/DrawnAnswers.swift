internal import LanguageModels
internal import Primitives
internal import Synchronization
internal import Tensors

/// Our engine's answers with drawn adapters, to be laid beside another engine's.
struct DrawnAnswers: Sendable {
  struct Adapter: Sendable {
    let handle: AdapterHandle
    let files: LoRAAdapter.Files
  }

  /// Of an answer, in tokens.
  static let length = 24
  /// Different prompts.
  static let promptCount = 200
  /// Adapters that each prompt is answered with.
  static let adapterCount = 10

  let engine: LanguageEngine
  let adapters: [Adapter]
  /// What the base alone says, by prompt.
  private let plain = PlainAnswers()

  init(modelPath: String, adapters count: Int) async throws {
    TensorRuntime.setBLASThreads(1)
    engine = try LanguageEngine(modelPath: modelPath, limits: ServingLimits(threads: 1))
    var adapters: [Adapter] = []
    for number in 0..<count {
      let drawn = try Self.adapter(UInt64(number + 1), for: engine.configuration)
      adapters.append(
        Adapter(
          handle: try await engine.load(drawn), files: try drawn.files(baseModel: "base")))
    }
    self.adapters = adapters
  }

  /// A drawn one that changes what is said.
  private static func adapter(
    _ seed: UInt64, for configuration: LlamaConfiguration
  ) throws -> LoRAAdapter {
    let fresh = LoRAAdapter(fresh: configuration, rank: 8, alpha: 16, seed: seed)
    var generator = SeededGenerator(seed: seed)
    return try LoRAAdapter(
      configuration: configuration, rank: 8, alpha: 16, down: fresh.down,
      up: fresh.up.map { up in
        up.map { _ in 0.04 * (Float(generator.next() >> 40) / 16_777_216 - 0.5) }
      })
  }

  func prompt(_ number: Int) throws -> [Int32] {
    let subjects = ["ledger", "bridge", "tide", "engine", "loaf", "glacier", "clock", "map"]
    let forms = ["What is a", "Tell me about a", "Who made the first", "How do I draw a", "Name a"]
    return try engine.template.tokens(for: [
      ChatMessage(
        role: .user,
        content: "\(forms[number / subjects.count % forms.count]) "
          + "\(subjects[number % subjects.count]), number \(number)?")
    ])
  }

  /// Answers prompt `number` with so many tokens.
  func answer(
    _ number: Int, of count: Int, with adapter: AdapterHandle?
  ) async throws -> [Int32] {
    try await engine.serving.answer(
      GenerationRequest(prompt: prompt(number), adapter: adapter, maximumTokens: count)
    ).tokens
  }

  /// What the `number`th question asks, and of whom: all prompts once with adapters in turn, then again, each
  /// with its next adapter.
  func question(_ number: Int) -> (prompt: Int, adapter: Int) {
    let (round, prompt) = number.quotientAndRemainder(dividingBy: Self.promptCount)
    return (prompt, (prompt + round) % adapters.count)
  }

  /// Answers the `number`th question.
  func answer(_ number: Int) async throws -> OwnAnswer {
    let list = Margins()
    let question = question(number)
    var request = GenerationRequest(
      prompt: try prompt(question.prompt), adapter: adapters[question.adapter].handle,
      maximumTokens: Self.length)
    request.likelihoods = 2
    let tokens = try await engine.serving.answer(request) { list.add($0) }.tokens
    let plain = try await plain.answer(question.prompt) {
      try await answer(question.prompt, of: Self.length, with: nil)
    }
    return OwnAnswer(tokens: tokens, margins: list.all, isChanged: tokens != plain)
  }
}

/// Each is made once.
private final class PlainAnswers: Sendable {
  private let known = Mutex<[Int: [Int32]]>([:])

  func answer(_ prompt: Int, making: () async throws -> [Int32]) async throws -> [Int32] {
    if let tokens = known.withLock({ $0[prompt] }) { return tokens }
    let tokens = try await making()
    known.withLock { $0[prompt] = tokens }
    return tokens
  }
}

/// The likeliest tokens, and how sure they were.
struct OwnAnswer: Sendable {
  /// Below it, in nats between the two likeliest tokens, either may come first.
  private static let tie: Float = 1e-3

  let tokens: [Int32]
  /// By token.
  let margins: [Float]
  /// Whether the base says something else.
  let isChanged: Bool

  func compared(with their: [Int32]) -> ComparedAnswer {
    let tie = margins.firstIndex { $0 < Self.tie }
    let counted = tie ?? tokens.count
    let equal = zip(tokens.prefix(counted), their).prefix { $0 == $1 }.count
    return ComparedAnswer(
      counted: counted, equal: equal, hasTie: tie != nil, isChanged: isChanged,
      marginWhereTheyPart: equal < counted ? Double(margins[equal]) : nil)
  }
}

struct ComparedAnswer: Sendable {
  /// Tokens up to our first tie, and those of them that are the same up to the first that is not.
  let counted: Int
  let equal: Int
  let hasTie: Bool
  /// Whether the base says something else.
  let isChanged: Bool
  /// Nil if they don't part before a tie.
  let marginWhereTheyPart: Double?
}

extension FigureSheet {
  /// How far answers are another engine's, which computes in single precision.
  mutating func add(_ all: [ComparedAnswer], to peer: String, named name: String) {
    let counted = all.reduce(0) { $0 + $1.counted }
    let equal = all.reduce(0) { $0 + $1.equal }
    add(
      "greedy_tokens_equal_\(name)", Double(equal) / Double(counted),
      "of \(counted) tokens before a tie, those that \(peer) in single precision says too")
    add(
      "greedy_answers_equal_\(name)",
      Double(all.count { $0.equal == $0.counted }) / Double(all.count),
      "of \(all.count) answers, those that are the same up to their first tie")
    add("greedy_answers_with_ties_\(name)", Double(all.count(where: \.hasTie)), "of these answers")
    add(
      "greedy_answers_changed_\(name)", Double(all.count(where: \.isChanged)),
      "of these answers, whose adapter has them say something else than the base")
    let margins = all.compactMap(\.marginWhereTheyPart)
    guard !margins.isEmpty else { return }
    add("greedy_parting_nats_\(name)", margins, "between our two likeliest where they part")
  }
}

/// How far each token of an answer lay before the next likely one, in nats.
private final class Margins: Sendable {
  private let list = Mutex<[Float]>([])

  var all: [Float] { list.withLock { $0 } }

  func add(_ token: AnsweredToken) {
    // Its own likelihood, then those of the two likeliest.
    let top = token.likelihoods.dropFirst().map(\.logProbability).sorted(by: >)
    let margin = top.count < 2 ? .infinity : top[0] - top[1]
    list.withLock { $0.append(margin) }
  }
}
