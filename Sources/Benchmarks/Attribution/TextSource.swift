internal import Foundation
internal import Primitives

/// Text of one kind, read from files that are on every machine after `make setup`.
struct TextSource {
  let name: String
  private let folder: String
  private let suffix: String

  private init(_ name: String, _ folder: String, _ suffix: String = "") {
    self.name = name
    self.folder = folder
    self.suffix = suffix
  }

  /// A place without the folder that differs between machines.
  var description: String {
    let parts = folder.split(separator: "/")
    let from = parts.firstIndex { $0 == ".deps" || $0 == "swift" } ?? 0
    return (parts[from...] + ["*\(suffix)"]).joined(separator: "/")
  }

  /// Twelve kinds that differ clearly: code, prose, tables, markup.
  static func contributors(dependencies: String) throws -> [TextSource] {
    let corpora = "\(dependencies)/corpora"
    return [
      .init("perl", "/usr/lib/x86_64-linux-gnu/perl-base", ".pm"),
      .init("kernel", "/usr/include/linux", ".h"),
      .init("licences", "/usr/share/common-licenses"),
      .init("swift", try swiftLibrary(), "linux-gnu.swiftinterface"),
      .init("templates", "/usr/include/c++/12/bits", ".h"),
      .init("shell", "/usr/lib/git-core", "git-filter-branch"),
      .init("zones", "/usr/share/zoneinfo", "tzdata.zi"),
      .init("words", "\(corpora)/raw/wordnet-base/usr/share/wordnet", "data.noun"),
      .init("diagnoses", "\(corpora)/raw/simple-icd-10-cm/simple_icd_10_cm/data", ".xml"),
      .init("senses", "\(corpora)/raw/wordnet-base/usr/share/wordnet", "cntlist.rev"),
      .init("digests", "/var/lib/dpkg/info", "libssl-dev:amd64.md5sums"),
      .init("acronyms", "\(corpora)/raw/dict-foldoc/usr/share/dictd", ".index"),
    ]
  }

  /// What the base model learns to read on: none of the contributors' kinds.
  static func pretraining() throws -> [UInt8] {
    try TextSource("python", "/usr/lib/python3.11", ".py").text()
  }

  private static func swiftLibrary() throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for folder in folders {
      let program = URL(fileURLWithPath: "\(folder)/swift").resolvingSymlinksInPath()
      let library = program.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("lib/swift/linux").path
      if FileManager.default.fileExists(atPath: library) { return library }
    }
    throw AttributionBenchmarkFailure(.textMissing, "no Swift toolchain on PATH")
  }

  private static let largestText = 4 << 20

  /// The first megabytes of all files, by path.
  private func text() throws -> [UInt8] {
    let paths = (FileManager.default.subpaths(atPath: folder) ?? []).filter { $0.hasSuffix(suffix) }
    var text: [UInt8] = []
    for path in paths.sorted() where text.count < Self.largestText {
      // Links and folders read as nothing.
      let file = URL(fileURLWithPath: "\(folder)/\(path)")
      text += (try? Data(contentsOf: file)).map { [UInt8]($0.prefix(Self.largestText)) } ?? []
    }
    guard !text.isEmpty else {
      throw AttributionBenchmarkFailure(.textMissing, "no text in \(folder); run `make setup`")
    }
    return text
  }

  /// Pieces of a document's length that overlap nowhere, each once, in drawn order.
  func windows(seed: UInt64) throws -> [String] {
    let text = try text()
    let length = AttributionTask.documentLength
    var generator = SeededGenerator(seed: seed)
    let starts = Array(stride(from: 0, to: text.count - length, by: length))
    var windows: [String] = []
    let wanted = TaskPlan.bytes.documentCount + TaskPlan.bytes.heldOutCount
    for start in generator.shuffled(starts) where windows.count < wanted {
      let bytes = text[start..<start + length]
      let isPlain = bytes.allSatisfy { (32...126).contains($0) || $0 == 9 || $0 == 10 }
      let window = String(decoding: bytes, as: UTF8.self)
      if isPlain, !windows.contains(window) { windows.append(window) }
    }
    guard windows.count == wanted else {
      throw AttributionBenchmarkFailure(.textMissing, "too little plain text in \(folder)")
    }
    return windows
  }
}
