import Benchmarks
import Foundation
import JSONCoding
import Networking

extension SpanBenchmark {
  /// Indexes public text and looks for answers in it, beside the peer if it is installed.
  static func command(_ arguments: Arguments) throws {
    let deps = DependencyFolder.path
    // WordNet is either unpacked by setup or installed.
    let wordNets = ["\(deps)/corpora/raw/wordnet-base/usr/share/wordnet", "/usr/share/wordnet"]
    let files = FileManager.default
    guard let wordNet = wordNets.first(where: { files.fileExists(atPath: $0 + "/data.noun") })
    else { throw CommandFailure(.workUnfinished, "\(wordNets[0]) is missing: run `make setup`") }
    let packages = "\(deps)/peers/infini-gram/packages"
    let script = "\(deps)/../scripts/peers/infini_gram_spans.py"
    let isThere = files.fileExists(atPath: packages) && files.fileExists(atPath: script)
    if !isThere { print("without infini-gram: scripts/peers/infini-gram.sh installs it") }
    let plan = Plan(
      wordNet: wordNet, peer: isThere ? (packages, script) : nil,
      isQuick: arguments.isOn("quick"))
    let benchmark = try run(plan) { step in
      print(step.line)
      fflush(nil)
    }
    let figures = benchmark.flat.map {
      JSONObject.Member(name: $0.name, value: .measurement($0.value))
    }
    try arguments.keepFigures(.object(JSONObject(figures)))
  }
}

extension SpanBenchmark.Step {
  fileprivate var line: String {
    func short(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
    let texts = suffix.isEmpty ? "all different" : "a fifth of them copies"
    var line =
      "\(short(Double(bytes) / 1e6)) MB of texts, \(texts): "
      + "\(short(megabytesPerSecond)) MB/s to index, an answer in "
      + "\(short(queryMilliseconds.percentile(50))) ms (p99 "
      + "\(short(queryMilliseconds.percentile(99)))), \(short(spansPerAnswer)) spans each"
    guard let peer else { return line }
    guard let seconds = peer.buildWallSeconds else {
      return line + "; infini-gram's indexer was not done in time"
    }
    line +=
      "; infini-gram \(short(Double(bytes) / 1e6 / seconds)) MB/s and "
      + "\(short(peer.queryMilliseconds.percentile(50))) ms, \(short(speedup ?? 0)) times as long, "
    return line + (peer.isEqual ? "the same runs everywhere" : "but other runs")
  }
}
