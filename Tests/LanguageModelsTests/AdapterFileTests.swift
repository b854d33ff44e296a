import Foundation
import TestKit
import Testing

@testable import LanguageModels

@Suite struct AdapterFileTests {
  private let configuration = TinyModel.configuration

  private func adapter() throws -> LoRAAdapter { try Fixture.patternAdapter(configuration) }

  private func code(_ body: () throws -> Void) -> ModelFailure.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? ModelFailure)?.code
    }
  }

  @Test func `an adapter survives its files, byte for byte`() throws {
    let adapter = try adapter()
    let files = try adapter.files(baseModel: "tiny")
    #expect(try LoRAAdapter(files, for: configuration) == adapter)
    #expect(try adapter.files(baseModel: "tiny") == files)
  }

  @Test func `an adapter survives a folder`() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "adapter-\(UInt64.random(in: 0 ... .max))").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try adapter().save(to: folder, baseModel: "tiny")
    #expect(try LoRAAdapter(folder: folder, for: configuration) == adapter())
    #expect(
      code { _ = try LoRAAdapter(folder: folder + "-none", for: configuration) }
        == .adapterMissing)
  }

  @Test func `names are the PEFT library's`() throws {
    let files = try adapter().files(baseModel: "tiny")
    let arrays = try SafetensorsFile(decoding: files.weights).arrays
    #expect(arrays.count == 28)
    let name = "base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"
    #expect(arrays[name]?.shape == [2, 40])
    #expect(
      arrays["base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight"]?.shape == [12, 2])
  }

  @Test func `an adapter of some maps leaves the others alone`() throws {
    let files = try adapter().files(baseModel: "tiny")
    var stored = try SafetensorsFile(decoding: files.weights)
    stored.arrays = stored.arrays.filter { $0.key.contains("q_proj") }
    let partial = try LoRAAdapter(
      .init(weights: stored.encoded(), settings: files.settings), for: configuration)
    #expect(partial.up[0] == (try adapter().up[0]))
    #expect(partial.up[1].allSatisfy { $0 == 0 })
  }

  @Test func `a small file makes no adapter of a rank that fills the memory`() throws {
    let tiny = configuration
    let deep = LlamaConfiguration(
      layerCount: 400, width: tiny.width, innerWidth: tiny.innerWidth, headCount: tiny.headCount,
      keyHeadCount: tiny.keyHeadCount, vocabularySize: 1, contextLength: 1, rotationBase: 1,
      normEpsilon: 1)
    let name = "base_model.model.model.layers.0.self_attn.k_proj"
    let weights = SafetensorsFile(arrays: [
      "\(name).lora_A.weight": .init(
        shape: [1024, 24], values: .init(repeating: 0, count: 24_576)),
      "\(name).lora_B.weight": .init(
        shape: [12, 1024], values: .init(repeating: 0, count: 12_288)),
    ]).encoded()
    let settings = Array(#"{"peft_type": "LORA", "r": 1024, "lora_alpha": 1}"#.utf8)
    let files = LoRAAdapter.Files(weights: weights, settings: settings)
    #expect(code { _ = try LoRAAdapter(files, for: deep) } == .adapterMismatch)
    #expect(throws: Never.self) { try LoRAAdapter(files, for: tiny) }
  }

  @Test func `files cut off or of another model are refused`() throws {
    let files = try adapter().files(baseModel: "tiny")
    for length in [0, 7, 8, 100, files.weights.count - 1] {
      let cut = LoRAAdapter.Files(
        weights: Array(files.weights[..<length]), settings: files.settings)
      #expect(code { _ = try LoRAAdapter(cut, for: configuration) } == .adapterCorrupt)
    }
    let settings = String(decoding: files.settings, as: UTF8.self)
    for (text, expected): (String, ModelFailure.Code) in [
      ("", .adapterCorrupt),
      (settings.replacing("\"r\" : 2", with: "\"r\" : 3"), .adapterMismatch),
      (
        settings.replacing("\"use_dora\" : false", with: "\"use_dora\" : true"),
        .adapterUnsupported
      ),
    ] {
      let changed = LoRAAdapter.Files(weights: files.weights, settings: [UInt8](text.utf8))
      #expect(code { _ = try LoRAAdapter(changed, for: configuration) } == expected)
    }
    let other = LlamaConfiguration(
      layerCount: 1, width: 24, innerWidth: 40, headCount: 4, keyHeadCount: 2,
      vocabularySize: 262, contextLength: 48, rotationBase: 10_000, normEpsilon: 1e-5)
    #expect(code { _ = try LoRAAdapter(files, for: other) } == .adapterMismatch)
  }

  @Test func `halves are read, other types and lying offsets refused`() throws {
    func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
      let length = header.utf8.count
      return [UInt8(length & 255), UInt8(length >> 8), 0, 0, 0, 0, 0, 0] + header.utf8 + data
    }
    let data: [UInt8] = [0x00, 0x3e, 0xc0, 0x3f]
    let halves = try SafetensorsFile(
      decoding: file(
        #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"#
          + #""b":{"dtype":"BF16","shape":[1,1],"data_offsets":[2,4]},"__metadata__":{"x":"y"}}"#,
        data))
    #expect(halves.arrays["a"]?.values == [1.5] && halves.arrays["b"]?.values == [1.5])
    for entry in [
      #"{"dtype":"I64","shape":[1],"data_offsets":[0,4]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}"#,
      #"{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4]}"#,
      #"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#,
    ] {
      #expect(throws: SafetensorsFile.Malformed.self) {
        try SafetensorsFile(decoding: file(#"{"a":\#(entry)}"#, data))
      }
    }
  }
}
