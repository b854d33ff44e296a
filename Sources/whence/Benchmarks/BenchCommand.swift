import Benchmarks
import Foundation
import JSONCoding
import LanguageModels
import Networking
import Tensors

extension Command {
  /// Measures a part of this build on this machine; docs/benchmarks.md keeps the figures.
  static let bench = Command(
    name: "bench", summary: "Measure how fast a part of this build is",
    operands: [
      .init(
        name: "PART",
        help:
          "engine: training, gradients, reading and writing; ledger: transfers, blocks, receipts; "
          + "state: the stored tree as it grows")
    ],
    options: [
      .init(name: "json", value: "FILE", help: "write the figures to a file too"),
      .init(name: "quick", help: "ledger, state: fewer rounds, less than 50 seconds"),
      .init(name: "accounts", value: "N", help: "state: grow it to so many, as in 10000000"),
      .init(
        name: "minutes", value: "N", help: "ledger: full load for so long, and memory over time"),
    ]
  ) { arguments in
    switch arguments.operand("PART") {
    case "engine": break
    case "ledger": return try await LedgerBenchmark.command(arguments)
    case "state": return try StateBenchmark.command(arguments)
    default:
      throw UsageError(
        "bench measures a part: whence bench engine, whence bench ledger, whence bench state")
    }
    let benchmark = try await EngineBenchmark.run(LocalModel.open())
    print(benchmark.report(on: .standard), terminator: "")
    if let file = arguments.text("json") {
      try Data(benchmark.json.bytes(.indented) + [10]).write(to: URL(filePath: file))
    }
  }
}

extension EngineBenchmark {
  private var rates: [(name: String, work: String, rate: Double)] {
    [
      ("training", "LoRA of rank 8 on every linear map", trainingTokensPerSecond),
      ("gradients", "each record's own, projected", gradientTokensPerSecond),
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
      "trainingTokensPerSecond": .measurement(trainingTokensPerSecond),
      "gradientTokensPerSecond": .measurement(gradientTokensPerSecond),
      "prefillTokensPerSecond": .measurement(prefillTokensPerSecond),
      "decodeTokensPerSecond": .measurement(decodeTokensPerSecond),
      "peakTensorBytes": .integer(peakMemory),
    ]
  }
}
