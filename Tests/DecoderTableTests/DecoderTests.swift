import CAllocationMeter
import CanonicalCoding
import DecoderTable
import Foundation
import Ledger
import Primitives
import Testing

/// What the fuzzers look for, on samples and a few thousand changes of them.
@Suite struct DecoderTests {
  @Test(arguments: Decoder.all)
  func `a decoder takes its samples, and neither fails nor errs on changes of them`(
    decoder: Decoder
  ) throws {
    let samples = decoder.samples
    let readings = samples.map(decoder.read)
    try #require(!readings.isEmpty)
    for (sample, reading) in zip(samples, readings) {
      #expect(reading == .accepted, "\(sample.hex)")
    }
    let seed: UInt64 = 1
    var mutator = Mutator(seed: seed)
    for round in 0..<120 {
      let sample = samples[round % samples.count]
      let other = samples[(round / 3) % samples.count]
      let bytes = mutator.mutated(sample, with: other)
      if case .faulty(let fault) = decoder.read(bytes) {
        Issue.record("seed \(seed), round \(round): \(fault): \(bytes.hex)")
      }
    }
  }

  /// What the fuzzers found, and how it must read.
  private static let found: [(decoder: String, input: [UInt8], reading: Decoder.Reading)] = [
    // A number below zero in one byte of metadata stopped the program.
    (
      "GGUFFile",
      Array("GGUF".utf8) + [3, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
        + [1, 0, 0, 0, 0, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0, 97] + [1, 0, 0, 0, 128], .accepted
    ),
    // Counts at a stream's end, asked for without a stream, were another request when sent on.
    (
      "ChatRequest",
      Array(
        (#"{"model": "m", "messages": [{"role": "user", "content": "a"}], "#
          + #""stream_options": {"include_usage": true}}"#).utf8), .accepted
    ),
    // Below every range, and once read as 0.5.
    (
      "ChatRequest",
      Array(
        (#"{"model": "m", "messages": [{"role": "user", "content": "a"}], "#
          + #""temperature": -0.5}"#).utf8), .refused
    ),
    // Half a byte behind a path of odd length, which is no part of it.
    ("TreeNodeKey", [0, 0, 0, 0, 0, 0, 0, 1, 1, 0x21], .refused),
    ("TreeNodeKey", [0, 0, 0, 0, 0, 0, 0, 1, 1, 0x20], .accepted),
  ]

  @Test(arguments: found)
  func `what once broke a decoder reads as it should`(
    decoder: String, input: [UInt8], reading: Decoder.Reading
  ) {
    #expect(Decoder.named(decoder)?.read(input) == reading)
  }

  @Test func `a manifest whose recipe divides by zero is refused`() throws {
    let decoder = try #require(Decoder.named("RunManifest"))
    var bytes = try #require(decoder.samples.first)
    // Four digests, one list of a digest and an empty one come before; rank is the recipe's first
    // number, the batch size its fourth.
    let recipe = 4 * 32 + 2 * 4
    #expect(bytes[recipe + 3] == 8 && bytes[recipe + 15] == 4)
    for place in [recipe + 3, recipe + 15] {
      let number = bytes[place]
      bytes[place] = 0
      #expect(decoder.read(bytes) == .refused)
      bytes[place] = number
    }
    #expect(decoder.read(bytes) == .accepted)
  }

  @Test func `no two decoders share a name, and no input is too short for any`() {
    #expect(Set(Decoder.all.map(\.name)).count == Decoder.all.count)
    for decoder in Decoder.all {
      for bytes in [[], [0], [255], [UInt8](repeating: 255, count: 64)] {
        if case .faulty(let fault) = decoder.read(bytes) {
          Issue.record("\(decoder.name): \(fault): \(bytes.hex)")
        }
      }
    }
  }

  @Test func `every message has a sample`() throws {
    let messages = try #require(Decoder.named("Message"))
    let tags = Set(messages.samples.map { UInt16($0[0]) << 8 | UInt16($0[1]) })
    #expect(tags == Set(MessageKind.allCases.map(\.rawValue)))
  }

  @Test func `every type that is read from strangers' bytes by name is in the table`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sources = root.appending(path: "Sources")
    let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
    let table = try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Tests/DecoderTable").path
    ).map {
      try String(contentsOf: root.appending(path: "Tests/DecoderTable/\($0)"), encoding: .utf8)
    }.joined()
    var read: Set<String> = []
    for file in files where file.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      let form = /\b([A-Z]\w+)(?:<\w+>)?\((?:canonicalBytes|blob|parsing|lines|decoding):/
      for match in text.matches(of: form) { read.insert(String(match.1)) }
    }
    // Type parameters, and what the language reads by itself.
    read.subtract(["Value", "Record", "Name", "String", "Self"])
    #expect(read.count > 15)
    // The state's tables name their own types.
    read.subtract(Decoder.all.map(\.name))
    for name in read.sorted() {
      #expect(
        table.firstMatch(of: try Regex("\\b\(name)\\b").wordBoundaryKind(.simple)) != nil, "\(name)"
      )
    }
  }

  @Test func `the meter sees what is held at the peak, and not what was let go`() {
    allocation_meter_start()
    for size in [1 << 20, 3 << 20, 1 << 20] {
      let bytes = [UInt8](repeating: 1, count: size)
      #expect(bytes.count == size)
    }
    let peak = allocation_meter_stop()
    #expect(peak >= 3 << 20 && peak < 5 << 20)
  }
}
