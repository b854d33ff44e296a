import AttributionRules
import CFaultyFiles
import Foundation
import Primitives
import Testing

@testable import Attribution

/// Loses power at one durable step after another, and looks at what is left of a span index.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SpanPowerLossTests {
  private static func record(_ number: Int) -> SpanRecord {
    SpanRecord(
      record: Digest(words: [0, 0, 0, UInt64(number)]),
      place: CommitPlace(
        height: Height(UInt64(number)), indexInBlock: 0, indexInContribution: 0),
      text: "record <\(number)> " + String(repeating: "and more ", count: 100))
  }

  @Test(arguments: 1...20)
  func `blocks that were added are there, and none is half there`(step: Int) async throws {
    let path = FileManager.default.temporaryDirectory.path + "/spans-power-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data().write(to: URL(filePath: path + "/notes"))
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, step] in
      let notes = try #require(FileHandle(forWritingAtPath: path + "/notes"))
      unsafe faulty_files_plan(
        path + "/data", UInt64(step), step.isMultiple(of: 2), UInt64(step))
      var folder = try SpanFolder(at: path + "/data")
      for number in 0... {
        // Every block has two records, and every third change withdraws one.
        try folder.add([Self.record(2 * number), Self.record(2 * number + 1)])
        if number % 3 == 2 { try folder.withdraw([Self.record(2 * number).record]) }
        try notes.write(contentsOf: Data([1]))
      }
    }
    let safe = try Data(contentsOf: URL(filePath: path + "/notes")).count
    let index = try SpanFolder(at: path + "/data").index
    func isThere(_ number: Int) throws -> Bool {
      let name = Array("<\(number)>".utf8)
      return try index.ends(of: name).ends[0] == name.count
    }
    for number in 0..<safe {
      #expect(try isThere(2 * number) == (number % 3 != 2), "step \(step), block \(number)")
      #expect(try isThere(2 * number + 1), "step \(step), block \(number)")
    }
    // The next block is there whole, or not at all, but for the withdrawal that may have followed.
    let next = try (isThere(2 * safe), isThere(2 * safe + 1))
    #expect(next.0 == next.1 || (safe % 3 == 2 && next.1), "step \(step)")
    #expect(try !isThere(2 * safe + 2))
  }
}
