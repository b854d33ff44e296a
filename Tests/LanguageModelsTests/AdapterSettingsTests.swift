import Foundation
import TestKit
import Testing

@testable import LanguageModels

/// Adapters as others' programs write them.
@Suite struct AdapterSettingsTests {
  private let configuration = TinyModel.configuration

  private func failure(_ body: () throws -> Void) -> ModelFailure? {
    do {
      try body()
      return nil
    } catch { return error as? ModelFailure }
  }

  /// Settings with other members beside PEFT's usual ones.
  private func settings(_ members: String = "", rank: Int = 2) -> [UInt8] {
    let usual =
      #""peft_type": "LORA", "r": \#(rank), "lora_alpha": 6, "bias": "none","#
      + #""lora_dropout": 0.0, "revision": null, "init_lora_weights": true"#
    return Array("{\(usual)\(members.isEmpty ? "" : ", \(members)")}".utf8)
  }

  private func weights(
    _ change: (inout [String: SafetensorsFile.Array]) -> Void = { _ in }
  ) throws -> [UInt8] {
    let whole = try Fixture.patternAdapter(configuration).files(baseModel: "tiny")
    var file = try SafetensorsFile(decoding: whole.weights)
    change(&file.arrays)
    return file.encoded()
  }

  private func read(_ settings: [UInt8], _ weights: [UInt8]) throws -> LoRAAdapter {
    try LoRAAdapter(.init(weights: weights, settings: settings), for: configuration)
  }

  @Test(arguments: [
    ("use_dora", "true"), ("use_qalora", "true"), ("fan_in_fan_out", "true"),
    ("lora_bias", "true"), ("modules_to_save", #"["lm_head"]"#),
    ("trainable_token_indices", "[1, 2]"), ("target_parameters", #"["x"]"#),
    ("layer_replication", "[[0, 1]]"), ("alora_invocation_tokens", "[5]"),
    ("init_lora_weights", #""pissa_niter_16""#), ("init_lora_weights", #""olora""#),
    ("init_lora_weights", #""corda""#), ("init_lora_weights", #""eva""#),
    ("init_lora_weights", #""loftq""#), ("init_lora_weights", #""lora_ga""#),
    ("bias", #""all""#), ("bias", #""lora_only""#), ("target_modules", #"["q_proj", "lm_head"]"#),
    ("target_modules", #"["c_attn"]"#), ("target_modules", #"["model.embed_tokens"]"#),
    ("peft_type", #""IA3""#), ("rank_pattern", #"{".*q_proj": 4}"#),
    ("alpha_pattern", #"{"q_proj|v_proj": 4}"#), ("arrow_config", #"{"top_k": 2}"#),
  ])
  func `what plain arithmetic doesn't cover is refused by its name`(field: String, value: String)
    throws
  {
    let weights = try weights()
    #expect(throws: Never.self) { try read(settings(), weights) }
    var text = String(decoding: settings(), as: UTF8.self)
    for usual in [#""bias": "none","#, #", "init_lora_weights": true"#, #""peft_type": "LORA", "#]
    where usual.contains("\"\(field)\"") { text = text.replacing(usual, with: "") }
    text = text.dropLast() + ", \"\(field)\": \(value)}"
    let failure = try #require(failure { _ = try read(Array(text.utf8), weights) })
    #expect(failure.code == .adapterUnsupported && failure.message.contains(field), "\(failure)")
  }

  @Test(arguments: [
    "\"use_dora\": false", "\"modules_to_save\": null", "\"modules_to_save\": []",
    "\"target_modules\": \"all-linear\"", "\"rank_pattern\": {}", "\"layers_to_transform\": [0, 1]",
    "\"layers_to_transform\": 1", "\"target_modules\": [\"q_proj\", \"mlp.down_proj\"]",
    "\"megatron_config\": null", "\"something_new\": {\"of\": 2027}",
  ])
  func `what changes nothing is passed over`(member: String) throws {
    #expect(
      try read(settings(member), weights()) == Fixture.patternAdapter(configuration))
  }

  @Test func `weights beside the seven maps are refused by what they belong to`() throws {
    for (name, code, field): (String, ModelFailure.Code, String) in [
      ("base_model.model.lm_head.lora_A.weight", .adapterUnsupported, "lm_head"),
      ("base_model.model.model.embed_tokens.lora_embedding_A", .adapterUnsupported, "embed_tokens"),
      (
        "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector",
        .adapterUnsupported, "use_dora"
      ),
      (
        "base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias", .adapterUnsupported,
        "bias"
      ),
      ("base_model.model.model.layers.7.mlp.up_proj.lora_A.weight", .adapterMismatch, "layers.7"),
    ] {
      let weights = try weights { $0[name] = .init(shape: [2], values: [1, 2]) }
      let failure = try #require(failure { _ = try read(settings(), weights) })
      #expect(failure.code == code && failure.message.contains(field), "\(failure)")
    }
    let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    for (value, kind) in [(Float.nan, "NaN"), (.infinity, "infinite")] {
      let weights = try weights { arrays in
        var values = arrays[name]?.values ?? []
        values[3] = value
        arrays[name] = .init(shape: [2, 24], values: values)
      }
      #expect(failure { _ = try read(settings(), weights) }?.code == .adapterCorrupt, "\(kind)")
    }
    let half = try weights { $0[name] = nil }
    #expect(failure { _ = try read(settings(), half) }?.code == .adapterCorrupt)
    #expect(
      failure { _ = try read(settings("\"layers_to_transform\": [2]"), weights()) }?.code
        == .adapterMismatch)
  }

  @Test func `scales of ranks, patterns and roots are those of the PEFT library`() throws {
    let plain = try Fixture.patternAdapter(configuration)
    /// What a map's addition is made of: factor · B A.
    func product(_ adapter: LoRAAdapter, _ index: Int) -> [Float] {
      let rank = adapter.rank
      let inputs = adapter.down[index].count / rank
      let outputs = adapter.up[index].count / rank
      return (0..<outputs).flatMap { output in
        (0..<inputs).map { input in
          adapter.alpha / Float(rank)
            * (0..<rank).reduce(0) {
              $0 + adapter.up[index][output * rank + $1] * adapter.down[index][$1 * inputs + input]
            }
        }
      }
    }
    let stabilised = try read(settings("\"use_rslora\": true"), weights())
    expectClose(
      product(stabilised, 3), product(plain, 3).map { $0 * Float(2).squareRoot() }, within: 1e-6)
    // Of the first layer's query alone; then of every key.
    let alphas = try read(
      settings(#""alpha_pattern": {"layers.0.self_attn.q_proj": 3, "k_proj": 24}"#), weights())
    for (index, factor) in [(0, 0.5), (1, 4), (2, 1), (7, 1), (8, 4)] as [(Int, Float)] {
      expectClose(product(alphas, index), product(plain, index).map { $0 * factor }, within: 1e-6)
    }
    // The value maps have a rank of their own.
    let mixed = try weights { arrays in
      for layer in 0..<2 {
        let name = "base_model.model.model.layers.\(layer).self_attn.v_proj"
        arrays["\(name).lora_A.weight"] = .init(
          shape: [3, 24], values: (0..<72).map { Float($0) / 100 })
        arrays["\(name).lora_B.weight"] = .init(
          shape: [12, 3], values: (0..<36).map { Float($0) / 100 })
      }
    }
    let ranks = try read(settings(#""rank_pattern": {"v_proj": 3}"#), mixed)
    #expect(ranks.rank == 3)
    expectClose(product(ranks, 0), product(plain, 0), within: 1e-6)
    var own: [Float] = []
    for output in 0..<12 {
      for input in 0..<24 {
        let terms = (0..<3).map { Float((output * 3 + $0) * ($0 * 24 + input)) / 10_000 }
        // The scale is 6 / 3.
        own.append(2 * terms.reduce(0, +))
      }
    }
    expectClose(product(ranks, 2), own, within: 1e-6)
    // In memory, each map has its own rank.
    #expect(
      try PackedAdapter(ranks).layout.parts.prefix(4).map(\.rank) == [2, 2, 3, 2])
    #expect(failure { _ = try read(settings(), mixed) }?.code == .adapterMismatch)
  }
}
