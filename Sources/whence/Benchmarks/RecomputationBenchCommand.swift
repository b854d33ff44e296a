import Benchmarks
import ClientAPI
import Foundation
import JSONCoding
import Networking

extension RecomputationBenchmark {
  /// Computes a small run of the story's records again and again.
  static func command(_ arguments: Arguments) async throws {
    let story = try StoryFiles(folder: "\(DependencyFolder.path)/corpora/story", plan: .quick)
    let records = story.contributors.filter { $0.kind == .useful }.flatMap { $0.records.prefix(8) }
    var recipe = DemoPlan.full.recipe
    recipe.epochs = 3
    let benchmark = try await run(try LocalModel.open(), records: records, recipe: recipe) {
      print($0)
    }
    let rows = benchmark.figures.map { figure in
      [
        figure.name, String(format: "%.2g", figure.value),
        figure.interval.map { String(format: "%.2g", $0.high) } ?? "", figure.meaning,
      ]
    }
    let terminal = Terminal.standard
    print(
      terminal.title("A run computed twice: what rounding does, and what another record does")
        + terminal.table(["figure", "median", "largest", "what"], rows), terminator: "")
    try arguments.keepFigures(
      .object(
        JSONObject(
          benchmark.figures.map {
            JSONObject.Member(name: $0.name, value: .measurement($0.interval?.high ?? $0.value))
          })))
  }
}
