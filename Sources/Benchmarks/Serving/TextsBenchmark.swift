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

  /// 200 prompts over 10 adapters, 24 tokens each; `--quick`, 20 prompts.
  ///
  /// - Parameters:
  ///   - folder: for the peer's files; is removed by whoever made it.
  ///   - report: hears of each figure once it is measured.
  public static func run(
    beside peer: Peer, modelPath: String, dependencies: String, folder: String, isQuick: Bool,
    report: @escaping (Figure) -> Void = { _ in }
  ) async throws -> [Figure] {
    var sheet = FigureSheet(report: report)
    let drawn = try await DrawnAnswers(modelPath: modelPath, adapters: 10)
    let prompts = 0..<(isQuick ? 20 : 200)
    try write(drawn, prompts, to: folder)
    let process = try start(peer, modelPath, dependencies, folder)
    let length = DrawnAnswers.length
    let numbers = try process.ask("texts \(folder) \(drawn.adapters.count) \(length)")
    guard numbers.count == prompts.count * length else {
      throw ServingBenchmarkFailure("\(peer.title) answered with \(numbers.count) tokens")
    }
    var all: [ComparedAnswer] = []
    for number in prompts {
      let their = numbers[number * length..<(number + 1) * length]
      all.append(try await drawn.answer(number).compared(with: their.map { Int32($0) }))
    }
    sheet.add(all, to: peer.title, named: peer.rawValue)
    return sheet.figures
  }

  private static func write(
    _ drawn: DrawnAnswers, _ prompts: Range<Int>, to folder: String
  ) throws {
    for (number, adapter) in drawn.adapters.enumerated() {
      let place = URL(filePath: "\(folder)/\(number)")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try Data(adapter.files.weights)
        .write(to: place.appending(path: LoRAAdapter.Files.weightsName))
      try Data(adapter.files.settings)
        .write(to: place.appending(path: LoRAAdapter.Files.settingsName))
    }
    try JSONEncoder().encode(prompts.map(drawn.prompt))
      .write(to: URL(filePath: "\(folder)/prompts.json"))
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
