import Foundation
import TestKit
import Testing

@testable import LanguageModels

/// Adapters in archives: what people ship, and what they had better not.
@Suite struct AdapterArchiveTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "archives-\(UInt64.random(in: 0 ... .max))")

  private static func files() throws -> LoRAAdapter.Files {
    try Fixture.patternAdapter(TinyModel.configuration).files(baseModel: "tiny")
  }

  private func failure(_ body: () throws -> Void) -> ModelFailure? {
    do {
      try body()
      return nil
    } catch { return error as? ModelFailure }
  }

  /// Runs the system's tar beside a folder `adapter` with both files and others.
  private func archive(_ arguments: [String]) throws -> [UInt8] {
    let adapter = folder.appending(path: "adapter")
    try FileManager.default.createDirectory(at: adapter, withIntermediateDirectories: true)
    let files = try Self.files()
    try Data(files.weights).write(to: adapter.appending(path: LoRAAdapter.Files.weightsName))
    try Data(files.settings).write(to: adapter.appending(path: LoRAAdapter.Files.settingsName))
    try Data("# read me".utf8).write(to: adapter.appending(path: "README.md"))
    let long = String(repeating: "long-", count: 40)
    try Data("x".utf8).write(to: adapter.appending(path: long))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.currentDirectoryURL = folder
    process.arguments = ["tar", "-cf", "out"] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: folder.appending(path: "out")))
  }

  @Test(arguments: [
    ["--format=gnu", "adapter"], ["--format=pax", "adapter"], ["-z", "adapter"],
    ["--format=gnu", "-C", "adapter", "."], ["-z", "--format=posix", "-C", "adapter", "."],
    ["--format=gnu", "./adapter"],
  ])
  func `an archive that the system's tar makes is read`(arguments: [String]) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = try archive(arguments)
    let files = try Self.files()
    #expect(try LoRAAdapter.Files(archive: bytes) == files)
    let path = folder.appending(path: "out").path()
    #expect(try LoRAAdapter.Files(path: path) == files)
    #expect(try LoRAAdapter.Files(path: folder.appending(path: "adapter").path()) == files)
    // Cut off anywhere, it is refused or, behind both files, the same.
    for length in stride(from: 0, to: bytes.count, by: 97) {
      let read = try? LoRAAdapter.Files(archive: Array(bytes[..<length]))
      #expect(read == nil || read == files)
    }
    #expect(
      failure { _ = try LoRAAdapter.Files(archive: Array(bytes.prefix(bytes.count / 3))) } != nil)
  }

  /// A member of an archive by hand.
  private func member(_ name: String, _ content: [UInt8], kind: Character = "0", size: Int? = nil)
    -> [UInt8]
  {
    func field(_ text: String, _ size: Int) -> [UInt8] {
      Array(text.utf8.prefix(size))
        + [UInt8](repeating: 0, count: size - min(size, text.utf8.count))
    }
    let digits = String(size ?? content.count, radix: 8)
    var header =
      field(name, 100) + field("644", 8) + field("0", 8) + field("0", 8)
      + field(String(repeating: "0", count: max(0, 11 - digits.count)) + digits, 12)
      + field("0", 12) + Array("        ".utf8) + [kind.asciiValue ?? 0] + field("target", 100)
      + field("ustar\u{0}00", 8)
    header += [UInt8](repeating: 0, count: 512 - header.count)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    header.replaceSubrange(148..<156, with: field("0\(sum)\u{0} ", 8))
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private let end = [UInt8](repeating: 0, count: 1024)

  @Test func `hostile archives are refused before anything is done with them`() throws {
    let files = try Self.files()
    let settings = member(LoRAAdapter.Files.settingsName, files.settings)
    let weights = member(LoRAAdapter.Files.weightsName, files.weights)
    #expect(try LoRAAdapter.Files(archive: settings + weights + end) == files)
    let hostile: [(String, [UInt8], ModelFailure.Code)] = [
      ("up and out", member("../x", [1]) + settings + weights + end, .adapterCorrupt),
      ("out in the middle", member("a/../../x", [1]) + end, .adapterCorrupt),
      ("from the root", member("/etc/x", [1]) + end, .adapterCorrupt),
      ("a link", member("x", [], kind: "2") + settings + weights + end, .adapterCorrupt),
      ("a hard link", member("x", [], kind: "1") + end, .adapterCorrupt),
      ("a device", member("x", [], kind: "3") + end, .adapterCorrupt),
      ("a huge member", member("x", [1], size: 1 << 32) + end, .adapterCorrupt),
      (
        "twice the same", settings + settings + weights + end,
        .adapterCorrupt
      ),
      (
        "in two folders",
        member("a/\(LoRAAdapter.Files.settingsName)", files.settings)
          + member("b/\(LoRAAdapter.Files.weightsName)", files.weights) + end, .adapterMissing
      ),
      (
        "deep down", member("a/b/\(LoRAAdapter.Files.settingsName)", files.settings) + end,
        .adapterCorrupt
      ),
      ("without weights", settings + end, .adapterMissing),
      ("without an end", settings + weights, .adapterCorrupt),
      ("nothing", [], .adapterCorrupt),
      ("a pickle", Array("PK\u{3}\u{4}".utf8) + end, .adapterCorrupt),
      ("a wrong sum", [settings[0] ^ 1] + settings.dropFirst() + weights + end, .adapterCorrupt),
      (
        "a size of its own",
        member("h", Array("14 size=99999\n".utf8), kind: "x") + settings + weights + end,
        .adapterCorrupt
      ),
      ("a lying length", member("h", Array("99 path=x\n".utf8), kind: "x") + end, .adapterCorrupt),
      (
        "a long name out", member("n", Array("../y".utf8), kind: "L") + settings + end,
        .adapterCorrupt
      ),
    ]
    for (what, bytes, code) in hostile {
      #expect(failure { _ = try LoRAAdapter.Files(archive: bytes) }?.code == code, "\(what)")
    }
  }

  @Test func `an archive that becomes too large is given up on the way`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = try archive(["-z", "adapter"])
    let small = AdapterFileLimits(weights: 1000, settings: 1000)
    let failure = try #require(failure { _ = try LoRAAdapter.Files(archive: bytes, limits: small) })
    #expect(failure.code == .adapterCorrupt)
    let path = folder.appending(path: "adapter").path()
    #expect(
      self.failure { _ = try LoRAAdapter.Files(path: path, limits: small) }?.code
        == .adapterCorrupt)
    // A megabyte of zeros, deflated to a thousandth.
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    try Data(zeros).write(to: folder.appending(path: "adapter/README.md"))
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-k", folder.appending(path: "adapter/README.md").path()]
    try gzip.run()
    gzip.waitUntilExit()
    let bomb = [UInt8](
      try Data(contentsOf: folder.appending(path: "adapter/README.md.gz")))
    #expect(bomb.count < 10_000)
    #expect(try GzipStream.inflate(bomb, atMost: 4 << 20) == zeros)
    #expect(throws: ModelFailure.self) { try GzipStream.inflate(bomb, atMost: (4 << 20) - 1) }
    for length in [0, 1, 10, bomb.count / 2, bomb.count - 1] {
      #expect(throws: ModelFailure.self) {
        try GzipStream.inflate(Array(bomb[..<length]), atMost: 4 << 20)
      }
    }
  }
}
