import Foundation
import Primitives
import TestKit
import Testing

@testable import LanguageModels

/// Where the repository and its reference files lie.
enum Fixture {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

  private static let downloads = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".deps")

  static let modelPath = downloads.appending(path: "model/SmolLM2-135M-Instruct.Q4_1.gguf").path()
  static let encoderPath = downloads.appending(path: "minilm").path()

  /// The real model, loaded once for all tests.
  private static let shared = Result { try LanguageEngine(modelPath: modelPath) }
  static func engine() throws -> LanguageEngine { try shared.get() }

  static func golden<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let data = try Data(contentsOf: tests.appending(path: "Golden/\(name)"))
    return try JSONDecoder().decode(type, from: data)
  }

  /// The adapter of the reference script: multiples of 1/800 from a hash of the index.
  static func patternAdapter(_ configuration: LlamaConfiguration) throws -> LoRAAdapter {
    func pattern(_ count: Int, salt: Int) -> [Float] {
      (0..<count).map { Float(($0 * 7919 + salt * 104_729) % 31 - 15) / 800 }
    }
    let positions = LinearPosition.all(configuration)
    return try LoRAAdapter(
      configuration: configuration, rank: 2, alpha: 6,
      down: positions.map {
        pattern(2 * $0.kind.inputWidth(configuration), salt: 2 * $0.index)
      },
      up: positions.map {
        pattern(2 * $0.kind.outputWidth(configuration), salt: 2 * $0.index + 1)
      })
  }
}

extension TinyModel {
  static func model() throws -> LlamaModel { try LlamaModel(GGUFFile(bytes: bytes)) }

  static func examples(_ count: Int) -> [TrainingExample] {
    var generator = SeededGenerator(seed: 5)
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(3 + generator.next(below: 256)) }
    }
    return (0..<count).map { index in
      TrainingExample(
        promptTokens: tokens(3 + index % 4), answerTokens: tokens(2 + index % 3) + [2])
    }
  }
}

/// Compares with a tolerance relative to the largest expected magnitude.
func expectClose(
  _ actual: [Float], _ expected: [Float], within tolerance: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  let scale = expected.map(abs).max() ?? 0
  let worst = zip(actual, expected).map { abs($0 - $1) }.reduce(0 as Float) {
    $1.isNaN ? .infinity : max($0, $1)
  }
  #expect(
    worst <= tolerance * scale, "off by \(worst) where the largest is \(scale)",
    sourceLocation: sourceLocation)
}
