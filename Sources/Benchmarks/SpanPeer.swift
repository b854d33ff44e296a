internal import Foundation

/// PyPI's infini-gram, on the same texts and answers, in a process of its own.
struct SpanPeer {
  /// Where `scripts/peers/infini-gram.sh` put it.
  let packages: String
  /// `scripts/peers/infini_gram_spans.py`.
  let script: String
  /// How long its indexer may take.
  let secondsToIndex: Double

  /// What the script prints.
  struct Report: Decodable {
    var indexUnfinished: Bool?
    var indexSeconds: Double?
    /// One an answer, by the wall clock.
    var seconds: [Double]?
    /// The same in processor time of all threads.
    var processorSeconds: [Double]?
    /// For each answer, where the longest run from each position ends.
    var ends: [[Int]]?
  }

  /// Why there is nothing to compare with.
  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  func run(_ corpus: SpanCorpus, answers: [[UInt8]], in folder: String) throws -> Report {
    let encoder = JSONEncoder()
    try FileManager.default.createDirectory(
      atPath: "\(folder)/data", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var lines = Data()
    for text in corpus.texts {
      lines += try encoder.encode(["text": text]) + [UInt8(ascii: "\n")]
    }
    try lines.write(to: URL(filePath: "\(folder)/data/texts.jsonl"))
    try encoder.encode(answers).write(to: URL(filePath: "\(folder)/queries.json"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-B", script, packages, folder, "\(secondsToIndex)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Unusable(description: "infini-gram ended with status \(process.terminationStatus)")
    }
    // Its engine prints lines of its own.
    guard let last = printed.split(separator: UInt8(ascii: "\n")).last else {
      throw Unusable(description: "infini-gram said nothing")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Report.self, from: Data(last))
  }
}
