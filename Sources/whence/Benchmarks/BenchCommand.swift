import Benchmarks
import Foundation
import JSONCoding
import LanguageModels
import Networking
import Tensors

extension Command {
  /// Measurements of parts of this build on this machine; docs/benchmarks.md keeps the figures.
  static let bench = [
    benchEngine, benchServe, benchLedger, benchState, benchSpans, benchAttribution,
    benchRecomputation,
  ]

  private static let benchEngine = Command(
    name: "bench engine", summary: "Measure training, gradients, reading and writing",
    options: [.figures]
  ) { arguments in
    let benchmark = try await EngineBenchmark.run(LocalModel.open())
    print(benchmark.report(on: .standard), terminator: "")
    try arguments.keepFigures(benchmark.json)
  }

  private static let benchServe = Command(
    name: "bench serve", summary: "Measure decoding, adapters and paid answers",
    options: [
      .figures, .init(name: "quick", help: "fewer rounds, 64 adapters instead of 1,000"),
      .init(
        name: "only", value: "PARTS",
        help: "some of \(ServeBench.parts), commas between; all but texts if left out"),
      .init(name: "threads", value: "N", help: "of decoding; one if left out"),
    ]
  ) { arguments in try await ServeBench(arguments).run() }

  private static let benchLedger = Command(
    name: "bench ledger", summary: "Measure transfers, blocks and receipts",
    options: [
      .figures, .init(name: "quick", help: "fewer rounds, less than 50 seconds"),
      .init(
        name: "minutes", value: "N", help: "full load for so long, and memory over time",
        excludes: ["quick", "json"]),
    ]
  ) { arguments in try await LedgerBenchmark.command(arguments) }

  private static let benchState = Command(
    name: "bench state", summary: "Measure the stored state's tree as it grows",
    options: [
      .figures, .init(name: "quick", help: "fewer rounds, less than 50 seconds"),
      .init(name: "accounts", value: "N", help: "grow it to so many, as in 10000000"),
    ]
  ) { arguments in try StateBenchmark.command(arguments) }

  private static let benchSpans = Command(
    name: "bench spans", summary: "Measure how fast verbatim spans are indexed and found",
    options: [.figures, .init(name: "quick", help: "less text, less than 50 seconds")]
  ) { arguments in try SpanBenchmark.command(arguments) }

  private static let benchAttribution = Command(
    name: "bench attribution", summary: "Measure attribution against retraining",
    options: [
      .figures,
      .init(
        name: "quick", help: "score the kept retrainings only, less than 50 seconds",
        excludes: ["retrainings"]),
      .init(
        name: "costs", help: "only what tracing answers and building an index cost",
        excludes: ["quick", "task", "folder", "peer", "retrainings"]),
      .init(name: "task", value: "NAME", help: "bytes, or smollm2: hours of retraining"),
      .init(
        name: "folder", value: "FOLDER",
        help: "the task: documents, model, losses; what is missing is made"),
      .init(
        name: "peer", value: "FILES",
        help: "judge other programs' scores too, as scripts/peers write them; commas between"),
      .init(name: "retrainings", value: "N", help: "run at most so many of those still missing"),
    ]
  ) { arguments in try await AttributionBenchmark.command(arguments) }

  private static let benchRecomputation = Command(
    name: "bench recomputation", summary: "Measure what rounding does to a run computed twice",
    options: [.figures]
  ) { arguments in try await RecomputationBenchmark.command(arguments) }
}

extension Command.Option {
  static let figures = Command.Option(
    name: "json", value: "FILE", help: "write the figures to a file too")
}

extension Arguments {
  /// Writes figures where `--json` says, if it does.
  func keepFigures(_ figures: JSON) throws {
    guard let file = text("json") else { return }
    try Data(figures.bytes(.indented) + [10]).write(asked: file)
  }
}

extension EngineBenchmark {
  private var rates: [(name: String, work: String, rate: Double)] {
    [
      ("training", "LoRA of rank 8 on every linear map", trainingTokensPerSecond),
      ("whitening", "gradients of an adapter's matrices", adapterGradientTokensPerSecond),
      ("moments", "what whitening is fitted to, a third of it", momentTokensPerSecond),
      ("prefill", "reading a prompt of 256 tokens", prefillTokensPerSecond),
      ("decode", "writing one answer", decodeTokensPerSecond),
    ]
  }

  /// A table for people.
  func report(on terminal: Terminal) -> String {
    terminal.title("Tokens a second of processor time, one BLAS thread")
      + terminal.table(
        ["tok/s", "part", "what"], rates.map { ["\(Int($0.rate.rounded()))", $0.name, $0.work] })
      + "\n  \(LocalModel.name), MLX \(TensorRuntime.libraryVersion), "
      + "\(TensorRuntime.blasConfiguration)\n"
      + "  \(peakMemory >> 20) MiB of tensors at most\n"
  }

  /// The same for programs: rates in tokens a second of processor time, memory in bytes.
  var json: JSON {
    [
      "model": .string(LocalModel.name),
      "mlx": .string(TensorRuntime.libraryVersion),
      "blas": .string(TensorRuntime.blasConfiguration),
      "training_tokens_per_second": .measurement(trainingTokensPerSecond),
      "adapter_gradient_tokens_per_second": .measurement(adapterGradientTokensPerSecond),
      "moment_tokens_per_second": .measurement(momentTokensPerSecond),
      "prefill_tokens_per_second": .measurement(prefillTokensPerSecond),
      "decode_tokens_per_second": .measurement(decodeTokensPerSecond),
      "peak_tensor_bytes": .integer(peakMemory),
    ]
  }
}
