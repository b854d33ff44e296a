internal import Foundation
internal import JSONCoding

extension LoRAAdapter {
  /// What `adapter_config.json` says that decides the arithmetic.
  ///
  /// Keys that change nothing are ignored, known or not; those that would change it are refused by
  /// their names, unless they have the value that leaves it alone.
  struct Settings {
    static let rankLimit = 1024

    let rank: Int
    let alpha: Float
    /// Scales fall with the root of the rank, not with the rank.
    let isRankStabilised: Bool
    private let ranks: Pattern
    private let alphas: Pattern

    /// - Throws: ``ModelFailure`` with `adapterCorrupt` for what is no settings file,
    ///   `adapterUnsupported` for another arithmetic, `adapterMismatch` for an absurd rank.
    init(_ bytes: [UInt8], for configuration: LlamaConfiguration) throws(ModelFailure) {
      let json: JSON
      do {
        json = try JSON(parsing: bytes, limits: JSONLimits(sizeInBytes: 1 << 20))
      } catch {
        throw ModelFailure(.adapterCorrupt, "the adapter's settings are no JSON", underlying: error)
      }
      guard let kind = json["peft_type"]?.string, let rank = json["r"]?.integer(),
        let alpha = json["lora_alpha"].flatMap(Self.number), alpha.isFinite
      else {
        throw ModelFailure(
          .adapterCorrupt, "the adapter's settings lack peft_type, r or lora_alpha")
      }
      guard kind == "LORA" else { throw Self.unsupported("peft_type", "\"\(kind)\"") }
      try Self.checkPlain(json)
      try Self.checkTargets(json, configuration)
      guard (1...Self.rankLimit).contains(rank) else {
        throw ModelFailure(.adapterMismatch, "a rank of \(rank)")
      }
      self.rank = rank
      self.alpha = alpha
      isRankStabilised = json["use_rslora"]?.bool == true
      ranks = try Pattern("rank_pattern", json)
      alphas = try Pattern("alpha_pattern", json)
      guard ranks.values.allSatisfy({ (1...Float(Self.rankLimit)).contains($0) }) else {
        throw ModelFailure(.adapterMismatch, "rank_pattern names an absurd rank")
      }
    }

    // MARK: - What is refused

    /// Whatever stands under these must be absent, null, false or empty.
    private static let switches = [
      "use_dora", "use_qalora", "use_bdlora", "fan_in_fan_out", "lora_bias", "modules_to_save",
      "trainable_token_indices", "target_parameters", "layer_replication", "megatron_config",
      "loftq_config", "corda_config", "eva_config", "lora_ga_config", "arrow_config",
      "alora_invocation_tokens", "monteclora_config", "velora_config",
    ]
    /// Initialisers that leave the base model as it is.
    private static let initialisers: Set<String> = ["gaussian", "orthogonal"]

    private static func checkPlain(_ json: JSON) throws(ModelFailure) {
      for name in switches {
        guard let value = json[name], !value.saysNothing else { continue }
        throw unsupported(name)
      }
      if let bias = json["bias"], !bias.isNull, bias.string != "none" { throw unsupported("bias") }
      if let start = json["init_lora_weights"], !start.isNull, start.bool == nil,
        start.string.map(initialisers.contains) != true
      {
        throw unsupported(
          "init_lora_weights", start.string.map { "\"\($0)\", which alters the base model" } ?? "")
      }
    }

    private static func checkTargets(
      _ json: JSON, _ configuration: LlamaConfiguration
    ) throws(ModelFailure) {
      let known = Set(LinearKind.allCases.compactMap { $0.moduleName.split(separator: ".").last })
      // A text is an expression, or all linear maps: the weights show which are meant.
      for target in json["target_modules"]?.array ?? [] {
        guard let name = target.string, let last = name.split(separator: ".").last,
          known.contains(last)
        else { throw unsupported("target_modules", target.string.map { "\"\($0)\"" } ?? "") }
      }
      let layers = json["layers_to_transform"]
      for layer in layers?.array ?? layers.map({ [$0] }) ?? [] where !layer.isNull {
        guard let number = layer.integer(), (0..<configuration.layerCount).contains(number) else {
          throw ModelFailure(
            .adapterMismatch, "layers_to_transform names a layer that the model has not")
        }
      }
    }

    private static func unsupported(_ field: String, _ value: String = "") -> ModelFailure {
      ModelFailure(
        .adapterUnsupported,
        "adapter_config.json: \(field) \(value.isEmpty ? "" : "\(value) ")is not supported")
    }

    fileprivate static func number(_ json: JSON) -> Float? {
      json.number.flatMap { Float($0.text) }
    }

    // MARK: - Each map's own

    /// Numbers of the modules whose paths end with a name; the first name counts.
    private struct Pattern {
      var entries: [(name: String, value: Float)] = []

      var values: [Float] { entries.map(\.value) }

      /// - Throws: ``ModelFailure`` with `adapterUnsupported` for a name that is an expression.
      init(_ field: String, _ json: JSON) throws(ModelFailure) {
        for member in json[field]?.object?.members ?? [] {
          guard let value = Settings.number(member.value), value.isFinite,
            member.name.allSatisfy({
              $0.isASCII && ($0.isLetter || $0.isNumber || "_.".contains($0))
            })
          else { throw Settings.unsupported(field, "\"\(member.name)\"") }
          entries.append((member.name, value))
        }
      }

      func value(_ path: String) -> Float? {
        entries.first { path == $0.name || path.hasSuffix(".\($0.name)") }?.value
      }
    }

    private static func path(_ position: LinearPosition) -> String {
      "model.layers.\(position.layer).\(position.kind.moduleName)"
    }

    func rank(_ position: LinearPosition) -> Int {
      ranks.value(Self.path(position)).map { Int($0) } ?? rank
    }

    /// What a map's B A is multiplied by.
    func scale(_ position: LinearPosition) -> Float {
      scale(alpha: alphas.value(Self.path(position)) ?? alpha, rank: rank(position))
    }

    /// Of maps that no pattern names.
    var scale: Float { scale(alpha: alpha, rank: rank) }

    private func scale(alpha: Float, rank: Int) -> Float {
      alpha / (isRankStabilised ? Float(rank).squareRoot() : Float(rank))
    }
  }
}

extension JSON {
  /// Whether a setting is switched off.
  fileprivate var saysNothing: Bool {
    switch self {
    case .null, .bool(false): true
    case .array(let values): values.isEmpty
    case .object(let members): members.members.isEmpty
    default: false
    }
  }
}
