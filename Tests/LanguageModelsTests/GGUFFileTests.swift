import Primitives
import TestKit
import Testing

@testable import LanguageModels

@Suite struct GGUFFileTests {
  private func code(_ body: () throws -> Void) -> ModelFailure.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModelFailure)?.code
    }
  }

  @Test func `a whole small file becomes a model`() throws {
    let file = try GGUFFile(bytes: TinyModel.bytes)
    #expect(try LlamaConfiguration(file) == TinyModel.configuration)
    #expect(try Tokenizer(file).encode("hello") == [261, 3 + 0x6f])
    #expect(try Tokenizer(file).decode([261, 3 + 0x6f]) == "hello")
  }

  @Test func `no file is a missing model`() {
    #expect(code { _ = try GGUFFile(path: "/nowhere/model.gguf") } == .modelMissing)
    #expect(code { _ = try LanguageEngine(modelPath: "/nowhere/model.gguf") } == .modelMissing)
  }

  @Test func `a file cut off anywhere is corrupt`() throws {
    let bytes = TinyModel.bytes
    let lengths = Array(0..<64) + Array(stride(from: 64, to: bytes.count, by: 997))
    for length in lengths {
      #expect(code { _ = try GGUFFile(bytes: Array(bytes[..<length])) } == .modelCorrupt)
    }
  }

  @Test func `another file is corrupt, another version unsupported`() {
    var bytes = TinyModel.bytes
    bytes[0] = UInt8(ascii: "X")
    #expect(code { _ = try GGUFFile(bytes: bytes) } == .modelCorrupt)
    bytes = TinyModel.bytes
    bytes[4] = 9
    #expect(code { _ = try GGUFFile(bytes: bytes) } == .modelUnsupported)
  }

  @Test func `damaged contents fail cleanly or load`() throws {
    // The table of contents is the first kilobytes; weights may hold any bits.
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<300 {
      var bytes = TinyModel.bytes
      for _ in 0..<3 {
        bytes[Int(generator.next(below: 9000))] = UInt8(truncatingIfNeeded: generator.next())
      }
      do {
        let file = try GGUFFile(bytes: bytes)
        _ = try Tokenizer(file)
        _ = try LlamaConfiguration(file)
      } catch {
        #expect([.modelCorrupt, .modelUnsupported].contains(error.code))
      }
    }
  }

  @Test func `a file without a tensor is no model`() throws {
    let bytes = TinyModel.bytes
    let name = Array("blk.1.attn_q.weight".utf8)
    let at = try #require(
      bytes.indices.first { bytes[$0...].starts(with: name) }, "the tensor is in the file")
    var renamed = bytes
    renamed[at] = UInt8(ascii: "x")
    #expect(code { _ = try LlamaModel(GGUFFile(bytes: renamed)) } == .modelCorrupt)
  }
}
