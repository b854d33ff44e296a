import AttributionRules
import CanonicalCoding
import Cryptography
import Foundation
import Primitives
import Testing

@testable import Attribution

@Suite struct SpanFolderTests {
  private let path = FileManager.default.temporaryDirectory.path + "/spans-\(UUID())"

  private func inFolder(_ body: () throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body()
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  private func code(_ body: () throws -> Void) -> AttributionFailure.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? AttributionFailure)?.code
    }
  }

  @Test func `a folder opened again finds what it found`() throws {
    try inFolder {
      var texts = RandomTexts(seed: 2)
      let records = texts.records(20)
      var folder = try SpanFolder(at: path, largestShard: 200)
      for start in stride(from: 0, to: 20, by: 4) {
        try folder.add(Array(records[start..<start + 4]))
      }
      let answer = records.flatMap(\.text)
      let expected = try SpanIndex(records).evidence(answer: answer, prompt: [])
      #expect(!expected.spans.isEmpty)
      #expect(try folder.index.evidence(answer: answer, prompt: []) == expected)
      #expect(try names().count == 1 + folder.index.shards.count)

      var again = try SpanFolder(at: path, largestShard: 2_000)
      #expect(try again.index.evidence(answer: answer, prompt: []) == expected)
      try again.merge()
      #expect(again.index.shards.count == 1)
      #expect(try names().count == 2)
      #expect(try again.index.evidence(answer: answer, prompt: []) == expected)
    }
  }

  @Test func `a withdrawn record's text is in no file`() throws {
    try inFolder {
      var folder = try SpanFolder(at: path)
      let place = CommitPlace(height: Height(1), indexInBlock: 0, indexInContribution: 0)
      let other = SHA256.digest(of: [1])
      try folder.add([
        SpanRecord(record: .zero, place: place, text: "forget me"),
        SpanRecord(record: other, place: place, text: "keep this"),
      ])
      try folder.withdraw([.zero])
      for name in try names() {
        #expect(try bytes(name).firstPlace(of: Array("forget".utf8)[...]) == nil, "\(name)")
      }
      #expect(try folder.index.ends(of: Array("keep".utf8)).ends.first == 4)
      try folder.withdraw([other])
      #expect(try names() == ["manifest"])
      #expect(try SpanFolder(at: path).index.shards.isEmpty)
    }
  }

  @Test func `what a change left that did not end is removed`() throws {
    try inFolder {
      _ = try SpanFolder(at: path)
      try Data([1]).write(to: URL(filePath: "\(path)/ab.spans"))
      try Data([1]).write(to: URL(filePath: "\(path)/manifest.draft"))
      _ = try SpanFolder(at: path)
      #expect(try names() == ["manifest"])
    }
  }

  @Test func `missing, shortened, lengthened and changed files are refused`() throws {
    try inFolder {
      var texts = RandomTexts(seed: 3)
      var folder = try SpanFolder(at: path)
      try folder.add(texts.records(6))
      #expect(code { _ = try SpanFolder(at: path) } == nil)
      for name in try names() {
        let file = URL(filePath: "\(path)/\(name)")
        let whole = try bytes(name)
        var changes: [[UInt8]?] = [nil, [], Array(whole.dropLast()), whole + [0]]
        for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
          var changed = whole
          changed[place] ^= 1
          changes.append(changed)
        }
        for change in changes {
          if let change {
            try Data(change).write(to: file)
          } else {
            try FileManager.default.removeItem(at: file)
          }
          #expect(code { _ = try SpanFolder(at: path) } == .spansCorrupt, "\(name)")
        }
        try Data(whole).write(to: file)
      }
      #expect(code { _ = try SpanFolder(at: path) } == nil)
    }
  }

  @Test func `a shard under another's name is refused`() throws {
    try inFolder {
      var folder = try SpanFolder(at: path)
      var texts = RandomTexts(seed: 2)
      try folder.add(texts.records(3))
      let name = try #require(names().first { $0.hasSuffix(".spans") })
      let stranger = try SpanIndex(texts.records(5)).shards[0]
      try Data(stranger.bytes.all).write(to: URL(filePath: "\(path)/\(name)"))
      #expect(code { _ = try SpanFolder(at: path) } == .spansCorrupt)
    }
  }

  @Test func `a folder that can't be made says so`() {
    #expect(code { _ = try SpanFolder(at: "/proc/spans") } == .spansInputOutput)
    #expect(code { _ = try SpanFolder(at: path + "/deep/down") } == .spansInputOutput)
  }

  @Test func `a shard whose parts do not fit is refused, though its digest is right`() throws {
    var texts = RandomTexts(seed: 2)
    let shard = try SpanIndex(texts.records(6)).shards[0]
    let layout = shard.layout
    func isRefused(_ change: (inout [UInt8]) -> Void) -> Bool {
      var content = shard.bytes.array(0..<layout.digest)
      change(&content)
      let signed = content + SHA256.digest(of: content).bytes
      return code { _ = try SpanShard(bytes: signed) } == .spansCorrupt
    }
    #expect(!isRefused { _ in })
    for place in [0, 8, 12, 16, 20] { #expect(isRefused { $0[place] ^= 1 }, "\(place)") }
    #expect(isRefused { $0[layout.starts] = 1 })
    #expect(isRefused { $0[layout.starts + 4] ^= 1 })
    #expect(isRefused { $0[layout.firstSources] = 1 })
    #expect(isRefused { $0[layout.firstSources + 7] = 9 })
    // The first text's first record is moved behind all others.
    #expect(isRefused { $0[layout.sources + 39] = 9 })
    #expect(isRefused { $0[layout.suffixes + 3] = 9 })
    #expect(isRefused { $0[layout.text] = 255 })
    #expect(isRefused { $0[layout.digest - 1] = 0 })
  }
}
