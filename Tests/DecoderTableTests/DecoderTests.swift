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
