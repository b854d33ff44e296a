import Benchmarks
import Foundation
import JSONCoding
import Networking
import Primitives

/// `whence bench serve`: one part after another, each with models and processes of its own.
struct ServeBench {
  private enum Part: String, CaseIterable {
    case decoding, store, paid, neighbour, alora, vllm, peft, texts
  }

  static var parts: String { Part.allCases.map(\.rawValue).joined(separator: ", ") }

  private let arguments: Arguments
  private let chosen: [Part]
  private let isQuick: Bool
  private let threads: Int

  init(_ arguments: Arguments) throws {
    self.arguments = arguments
    isQuick = arguments.isOn("quick")
    threads = try arguments.integer("threads", in: 1...64) ?? 1
    chosen =
      try arguments.text("only").map { list in
        try list.split(separator: ",").map { name in
          guard let part = Part(rawValue: String(name)) else {
            throw UsageError(.optionInvalid, "--only takes some of \(Self.parts), not \(name)")
          }
          return part
        }
      } ?? Part.allCases.filter { $0 != .texts }
  }

  func run() async throws {
    var figures: [DecodingBenchmark.Figure] = []
    for part in chosen { figures += try await measure(part) }
    let members = figures.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(members)))
  }

  private func show(_ figure: DecodingBenchmark.Figure) {
    print(figure.line)
    fflush(nil)
  }

  private func measure(_ part: Part) async throws -> [DecodingBenchmark.Figure] {
    switch part {
    case .decoding: try decoding()
    case .store:
      try await inFolder {
        try await AdapterStoreBenchmark.run(
          .init(modelPath: LocalModel.path, folder: $0, isQuick: isQuick), report: show)
      }
    case .paid:
      try await inFolder {
        try await PaidServingBenchmark.run(
          .init(
            modelPath: LocalModel.path, weights: try LocalModel.weightsDigest(), folder: $0,
            isQuick: isQuick), report: show)
      }
    case .neighbour:
      try NeighbourBenchmark.run(modelPath: LocalModel.path, isQuick: isQuick, report: show)
    case .alora:
      try await LateAdapterBenchmark.run(
        modelPath: LocalModel.path, isQuick: isQuick, report: show)
    case .vllm: try await besideVLLM { try await WorkerBenchmark.speeds($0, report: show) }
    case .texts:
      try await besideVLLM { try await WorkerBenchmark.texts($0, report: show) } + besideOthers()
    case .peft:
      try isThere(PEFTBenchmark.isInstalled(at: DependencyFolder.path), "PEFT", "peers/peft.sh")
        ? PEFTBenchmark.run(
          modelPath: LocalModel.path, dependencies: DependencyFolder.path, isQuick: isQuick,
          report: show) : []
    }
  }

  private func isThere(_ isInstalled: Bool, _ peer: String, _ script: String) -> Bool {
    if !isInstalled { print("without \(peer): scripts/\(script) installs it") }
    return isInstalled
  }

  /// Answers beside those who read adapters' files.
  private func besideOthers() async throws -> [DecodingBenchmark.Figure] {
    let dependencies = DependencyFolder.path
    var figures: [DecodingBenchmark.Figure] = []
    for (peer, name, script) in [
      (TextsBenchmark.Peer.peft, "PEFT", "peers/peft.sh"),
      (.llamacpp, "llama.cpp", "peers/llama-cpp.sh"),
    ] where isThere(peer.isInstalled(at: dependencies), name, script) {
      figures += try await inFolder {
        try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: true)
        return try await TextsBenchmark.run(
          beside: peer, modelPath: LocalModel.path, dependencies: dependencies, folder: $0,
          isQuick: isQuick, report: show)
      }
    }
    return figures
  }

  private func besideVLLM(
    _ body: (WorkerBenchmark.Plan) async throws -> [DecodingBenchmark.Figure]
  ) async throws -> [DecodingBenchmark.Figure] {
    let dependencies = DependencyFolder.path
    guard isThere(WorkerBenchmark.isInstalled(at: dependencies), "vLLM", "vllm.sh") else {
      return []
    }
    return try await inFolder {
      try await body(
        .init(
          modelPath: LocalModel.path, dependencies: dependencies, folder: $0, isQuick: isQuick))
    }
  }

  /// With and without adapters, beside llama.cpp if it is installed.
  private func decoding() throws -> [DecodingBenchmark.Figure] {
    let python = "\(DependencyFolder.path)/peers/llama/bin/python"
    let script = "\(DependencyFolder.path)/../scripts/peers/llama_decode.py"
    let files = FileManager.default
    let isThere = files.fileExists(atPath: python) && files.fileExists(atPath: script)
    _ = self.isThere(isThere, "llama.cpp", "peers/llama-cpp.sh")
    return try DecodingBenchmark.run(
      .init(
        modelPath: LocalModel.path, threads: threads, peer: isThere ? (python, script) : nil,
        isQuick: isQuick), report: show
    ).figures
  }

  /// In a folder that is gone afterwards.
  private func inFolder(
    _ body: (String) async throws -> [DecodingBenchmark.Figure]
  ) async throws -> [DecodingBenchmark.Figure] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "whence-serving-\(UInt64.random(in: 0 ... .max))").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }
}

extension DecodingBenchmark.Figure {
  fileprivate var line: String {
    let padded = name.padding(toLength: 36, withPad: " ", startingAt: 0)
    return padded + String(format: value < 10 ? "%8.3f" : "%8.0f", value) + "  " + what
  }
}
