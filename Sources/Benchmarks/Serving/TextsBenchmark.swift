internal import Foundation
internal import LanguageModels

/// Whether other engines say what ours says, token by token, with adapters that they read from the files we
/// write: PEFT, and llama.cpp after its own conversion.
public enum TextsBenchmark {
  public typealias Figure = DecodingBenchmark.Figure

  public enum Peer: String, CaseIterable, Sendable {
    case peft
    case llamacpp

    var title: String { self == .peft ? "PEFT" : "llama.cpp" }

    /// Whether its script under `scripts/peers` was run, in a checkout whose dependencies lie there.
    public func isInstalled(at dependencies: String) -> Bool {
      switch self {
      case .peft: PEFTBenchmark.isInstalled(at: dependencies)
      case .llamacpp:
        ["peers/llama/.gguf", "../scripts/peers/llama_texts.py"].allSatisfy {
          FileManager.default.fileExists(atPath: "\(dependencies)/\($0)")
        }
      }
    }
  }

  /// 200 prompts and 10 adapters, 24 tokens each: with PEFT each prompt with each adapter, with llama.cpp, which
  /// answers one at a time, with one; `--quick`, 20 prompts with one each.
  ///
  /// - Parameters:
  ///   - folder: for the peer's files; is removed by whoever made it.
  ///   - report: hears of each figure once it is measured.
  public static func run(
    beside peer: Peer, modelPath: String, dependencies: String, folder: String, isQuick: Bool,
    report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var sheet = FigureSheet(report: report)
    let drawn = try await DrawnAnswers(modelPath: modelPath, adapters: DrawnAnswers.adapterCount)
    let rounds = peer == .peft ? DrawnAnswers.adapterCount : 1
    let questions = 0..<(isQuick ? 20 : DrawnAnswers.promptCount * rounds)
    try write(drawn, questions, to: folder)
    let process = try start(peer, modelPath, dependencies, folder)
    let length = DrawnAnswers.length
    let numbers = try process.ask("texts \(folder) \(drawn.adapters.count) \(length)")
    guard numbers.count == questions.count * length else {
      throw ServingBenchmarkFailure("\(peer.title) answered with \(numbers.count) tokens")
    }
    var all: [ComparedAnswer] = []
    for number in questions {
      let their = numbers[number * length..<(number + 1) * length]
      all.append(try await drawn.answer(number).compared(with: their.map { Int32($0) }))
    }
    sheet.add(all, to: peer.title, named: peer.rawValue)
    return sheet.figures
  }

  private struct Question: Encodable {
    let adapter: Int
    let prompt: [Int32]
  }

  private static func write(
    _ drawn: DrawnAnswers, _ questions: Range<Int>, to folder: String
  ) throws {
    for (number, adapter) in drawn.adapters.enumerated() {
      let place = URL(filePath: "\(folder)/\(number)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try Data(adapter.files.weights)
        .write(to: place.appending(path: LoRAAdapter.Files.weightsName))
      try Data(adapter.files.settings)
        .write(to: place.appending(path: LoRAAdapter.Files.settingsName))
    }
    let list = try questions.map { number in
      let question = drawn.question(number)
      return Question(adapter: question.adapter, prompt: try drawn.prompt(question.prompt))
    }
    try JSONEncoder().encode(list).write(to: URL(filePath: "\(folder)/questions.json"))
  }

  private static func start(
    _ peer: Peer, _ modelPath: String, _ dependencies: String, _ folder: String
  ) throws -> DecodingPeer {
    switch peer {
    case .peft: try PEFTBenchmark.peer(dependencies, adapters: 1)
    case .llamacpp:
      try DecodingPeer(
        peer.title, python: "\(dependencies)/peers/llama/bin/python",
        arguments: ["-B", "\(dependencies)/../scripts/peers/llama_texts.py", modelPath, folder])
    }
  }
}
